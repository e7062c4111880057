/** Colours for a terminal, or none. */
export interface Colours {
  green(text: string): string
  amber(text: string): string
  red(text: string): string
  dim(text: string): string
  bold(text: string): string
}

const plain = (text: string): string => text

export const NO_COLOURS: Colours = { green: plain, amber: plain, red: plain, dim: plain, bold: plain }

const styled =
  (on: number, off: number) =>
  (text: string): string =>
    text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`

export const COLOURS: Colours = {
  green: styled(32, 39),
  amber: styled(33, 39),
  red: styled(31, 39),
  dim: styled(2, 22),
  bold: styled(1, 22),
}

/** What the output can show, and what its reader asked for: https://no-color.org and https://force-color.org. */
export function coloursFor(
  output: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Colours {
  const { NO_COLOR: no = '', FORCE_COLOR: force = '', TERM: terminal } = env
  if (no !== '') return NO_COLOURS
  if (force !== '' && force !== '0') return COLOURS
  return output.isTTY === true && terminal !== 'dumb' ? COLOURS : NO_COLOURS
}
