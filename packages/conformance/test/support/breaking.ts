import type { Change, Entry, LawId, Store } from '@cachette/core'
import { mapStore } from './map-store.js'

export type Entries = Map<string, Entry>

/** A store that goes wrong in one way, and the law that says so. */
export interface BrokenMap {
  readonly law: LawId
  readonly breaks: (honest: Store, entries: Entries) => Partial<Store>
}

export function brokenMap({ breaks }: BrokenMap): Store {
  const entries: Entries = new Map()
  const honest = mapStore(entries)
  return { ...honest, ...breaks(honest, entries) }
}

type Decide = (
  change: Change,
  stored: Entry | undefined,
  now: number,
) => { readonly apply: boolean; readonly answer: boolean }

/** The honest write with another judgement. */
export const judging =
  (judge: Decide): BrokenMap['breaks'] =>
  (_, entries) => ({
    write: (changes, call) =>
      changes.map((change) => apply(entries, change, judge(change, entries.get(change.key), call.now))),
  })

export function apply(entries: Entries, { key, entry }: Change, { apply, answer }: ReturnType<Decide>): boolean {
  if (!apply) return answer
  if (entry === undefined) entries.delete(key)
  else entries.set(key, { ...entry, value: entry.value.slice() })
  return answer
}

/** The honest store with entries changed on their way in. */
export const storing =
  (change: (entry: Entry) => Entry): BrokenMap['breaks'] =>
  (honest) => ({
    write: (changes, call) =>
      honest.write(
        changes.map((one) => (one.entry ? { ...one, entry: change(one.entry) } : one)),
        call,
      ),
  })

/** The honest store with keys changed on their way in. */
export const renaming =
  (rename: (key: string) => string): BrokenMap['breaks'] =>
  (honest) => ({
    read: (keys, call) => honest.read(keys.map(rename), call),
    write: (changes, call) =>
      honest.write(
        changes.map((one) => ({ ...one, key: rename(one.key) })),
        call,
      ),
  })

/** The honest store with another idea of what begins with a prefix. */
export const matching =
  (matches: (key: string, prefix: string) => boolean): BrokenMap['breaks'] =>
  (_, entries) => ({
    async *scan(prefix) {
      for (const [key, entry] of [...entries]) if (matches(key, prefix)) yield [[key, copy(entry)]]
    },
  })

export const clearing =
  (matches: (key: string, prefix: string) => boolean): BrokenMap['breaks'] =>
  (_, entries) => ({
    clear: (prefix) => {
      for (const key of [...entries.keys()]) if (matches(key, prefix)) entries.delete(key)
    },
  })

export const copy = (entry: Entry): Entry => ({ ...entry, value: entry.value.slice() })

export const found = (entries: Entries, key: string): Entry | undefined => {
  const entry = entries.get(key)
  return entry && copy(entry)
}

export const pass = (): Promise<void> => Promise.resolve()

export const below = (entries: Entries, prefix: string): [string, Entry][] =>
  [...entries].filter(([key]) => key.startsWith(prefix)).map(([key, entry]) => [key, copy(entry)])

export const seconds = (time: number): number => Math.floor(time / 1_000) * 1_000

export const async = { sync: 'none' } as const

/** A prefix as LIKE and globs read it. */
export function like(prefix: string): RegExp {
  const pattern = prefix
    .replaceAll(/[.+^$()|\\[\]{}]/g, '\\$&')
    .replaceAll(/[*%]/g, '.*')
    .replaceAll(/[?_]/g, '.')
  return new RegExp(`^${pattern}`, 's')
}
