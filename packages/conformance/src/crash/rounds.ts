/** Keys are left behind after so long: histories of one key stay short enough to be searched whole. */
export const ROUND_MS = 100

/** Few, so that all meet at them. */
const KEYS = [0, 1]

export function counterOf(round: number): string {
  return `round ${round}/count`
}

export function keysOf(round: number): readonly string[] {
  return KEYS.map((index) => `round ${round}/${index}`)
}

/** The round that a key belongs to. */
export function roundOf(key: string): number {
  return Number.parseInt(key.slice('round '.length), 10)
}

/** In microseconds, on the clock that all processes of a machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}
