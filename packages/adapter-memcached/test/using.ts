import {
  type Bytes,
  type Call,
  type Change,
  type Entry,
  isCacheError,
  newCall,
  type Store,
  systemClock,
  versions,
} from '@cachette/core'

const made = versions(systemClock)

export const callOf = (withinMs = 5_000, options: Partial<Call> = {}): Call => ({
  ...newCall(Date.now(), { deadline: Date.now() + withinMs }),
  ...options,
})

export function put(
  key: string,
  text: string,
  options: Partial<Entry> & { readonly when?: Change['when'] } = {},
): Change {
  const { when, ...header } = options
  const value: Bytes = new TextEncoder().encode(text)
  const entry: Entry = {
    createdAt: Date.now(),
    staleAt: Infinity,
    expiresAt: Infinity,
    keptUntil: Infinity,
    version: made.next(),
    kind: 'value',
    tags: [],
    marks: {},
    size: value.length,
    value,
    ...header,
  }
  return { key, entry, version: entry.version, when }
}

export const removal = (key: string, when?: Change['when']): Change => ({
  key,
  entry: undefined,
  version: made.next(),
  when,
})

export async function textOf(store: Store<Bytes>, key: string, call: Call = callOf()): Promise<string | undefined> {
  const [found] = await store.read([key], call)
  return found?.value === undefined ? found?.kind : new TextDecoder().decode(found.value)
}

/** What a call failed with, in short. */
export async function failureOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    return isCacheError(error) ? `${error.code} ${error.retry} ${error.outcome}` : `untyped: ${String(error)}`
  }
  return 'none'
}

/** Again and again, as people do, until it has an answer; gives how long that took. */
export async function untilItWorks(work: () => unknown, withinMs = 10_000): Promise<number> {
  const begun = performance.now()
  for (;;) {
    try {
      await work()
      return performance.now() - begun
    } catch (error) {
      if (performance.now() - begun > withinMs) throw error
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** As the option has it. */
export const addressOf = ({ host, port }: { readonly host: string; readonly port: number }): string => `${host}:${port}`
