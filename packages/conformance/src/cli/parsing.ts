import { type ParseArgsConfig, parseArgs } from 'node:util'

/** What went wrong before anything was checked: told in a line, with exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** The arguments, or a `UsageError` in the words of Node. */
export function parsed<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

export function onePath([file, ...more]: readonly string[]): string {
  if (file === undefined) throw new UsageError('expected the path of a module')
  if (more.length > 0) throw new UsageError(`expected the path of one module, got also ${more.join(' ')}`)
  return file
}

export function integer(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isSafeInteger(value) || text.trim() === '')
    throw new UsageError(`${name}: expected an integer, got ${text}`)
  return value
}
