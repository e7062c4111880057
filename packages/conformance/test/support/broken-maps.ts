import {
  type Bytes,
  type Change,
  decide,
  type Entry,
  type Found,
  holds,
  type LawId,
  type Page,
  type Store,
  visible,
} from '@cachette/core'
import { mapStore } from './map-store.js'

type Entries = Map<string, Entry>

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
const judging =
  (judge: Decide): BrokenMap['breaks'] =>
  (_, entries) => ({
    write: (changes, call) =>
      changes.map((change) => apply(entries, change, judge(change, entries.get(change.key), call.now))),
  })

function apply(entries: Entries, { key, entry }: Change, { apply, answer }: ReturnType<Decide>): boolean {
  if (!apply) return answer
  if (entry === undefined) entries.delete(key)
  else entries.set(key, { ...entry, value: entry.value.slice() })
  return answer
}

/** The honest store with entries changed on their way in. */
const storing =
  (change: (entry: Entry) => Entry): BrokenMap['breaks'] =>
  (honest) => ({
    write: (changes, call) =>
      honest.write(
        changes.map((one) => (one.entry ? { ...one, entry: change(one.entry) } : one)),
        call,
      ),
  })

/** The honest store with keys changed on their way in. */
const renaming =
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
const matching =
  (matches: (key: string, prefix: string) => boolean): BrokenMap['breaks'] =>
  (_, entries) => ({
    async *scan(prefix) {
      for (const [key, entry] of [...entries]) if (matches(key, prefix)) yield [[key, copy(entry)]]
    },
  })

const clearing =
  (matches: (key: string, prefix: string) => boolean): BrokenMap['breaks'] =>
  (_, entries) => ({
    clear: (prefix) => {
      for (const key of [...entries.keys()]) if (matches(key, prefix)) entries.delete(key)
    },
  })

const copy = (entry: Entry): Entry => ({ ...entry, value: entry.value.slice() })

const found = (entries: Entries, key: string): Entry | undefined => {
  const entry = entries.get(key)
  return entry && copy(entry)
}

const pass = (): Promise<void> => Promise.resolve()

const below = (entries: Entries, prefix: string): [string, Entry][] =>
  [...entries].filter(([key]) => key.startsWith(prefix)).map(([key, entry]) => [key, copy(entry)])

const seconds = (time: number): number => Math.floor(time / 1_000) * 1_000

const async = { sync: 'none' } as const

export const BROKEN_MAPS: Readonly<Record<string, BrokenMap>> = {
  'keeps nothing': { law: 'P1', breaks: () => ({ write: (changes) => changes.map(() => true) }) },
  'refuses everything': {
    law: 'P1',
    breaks: () => ({
      write() {
        throw new Error('no')
      },
    }),
  },
  'evicts the oldest at 100 entries': {
    law: 'P1',
    breaks: (honest, entries) => ({
      write: (changes, call) => {
        const answers = honest.write(changes, call)
        for (const key of entries.keys()) if (entries.size > 100) entries.delete(key)
        return answers
      },
    }),
  },
  'answers a batch once for each distinct key': {
    law: 'B1',
    breaks: (honest) => ({ read: (keys, call) => honest.read([...new Set(keys)], call) }),
  },
  'answers duplicates with nothing': {
    law: 'B1',
    breaks: (_, entries) => ({
      read: (keys) => keys.map((key, at) => (keys.indexOf(key) === at ? found(entries, key) : undefined)),
    }),
  },
  'answers in the order of the keys': {
    law: 'B1',
    breaks: (honest) => ({ read: (keys, call) => honest.read([...keys].sort(), call) }),
  },
  'answers only what it found': {
    law: 'B1',
    breaks: (_, entries) => ({ read: (keys) => keys.flatMap((key) => found(entries, key) ?? []) }),
  },
  'answers null for what is not there': {
    law: 'B1',
    breaks: (_, entries) => ({
      read: (keys) => keys.map((key) => found(entries, key) ?? null) as unknown as readonly Found[],
    }),
  },
  'the first write of a batch wins': {
    law: 'B1',
    breaks: (honest) => ({
      write: (changes, call) => [...(honest.write([...changes].reverse(), call) as boolean[])].reverse(),
    }),
  },
  'ignores conditions': {
    law: 'C1',
    breaks: judging((change, stored, now) => decide({ ...change, when: undefined }, stored, now)),
  },
  'takes absent for nothing stored': {
    law: 'C1',
    breaks: judging((change, stored, now) =>
      change.when === 'absent' && stored !== undefined ? { apply: false, answer: false } : decide(change, stored, now),
    ),
  },
  'takes present for something stored': {
    law: 'C1',
    breaks: judging((change, stored, now) =>
      decide({ ...change, ...(change.when === 'present' && stored !== undefined && { when: undefined }) }, stored, now),
    ),
  },
  'takes vacant for absent': {
    law: 'C2',
    breaks: judging((change, stored, now) =>
      decide({ ...change, ...(change.when === 'vacant' && { when: 'absent' }) }, stored, now),
    ),
  },
  'compares versions by time': {
    law: 'C3',
    breaks: judging((change, stored, now) => {
      if (typeof change.when !== 'object') return decide(change, stored, now)
      const isSame = stored?.version.time === change.when.version.time
      return isSame ? decide({ ...change, when: undefined }, stored, now) : { apply: false, answer: false }
    }),
  },
  'compares versions without their writer': {
    law: 'C3',
    breaks: judging((change, stored, now) => {
      if (typeof change.when !== 'object' || stored === undefined) return decide(change, stored, now)
      const writer = stored.version.writer
      return decide({ ...change, when: { version: { ...change.when.version, writer } } }, stored, now)
    }),
  },
  'compares versions only with what can be seen': {
    law: 'C3',
    breaks: judging((change, stored, now) => {
      const isHidden = typeof change.when === 'object' && stored !== undefined && !visible(stored, now)
      return isHidden ? { apply: false, answer: false } : decide(change, stored, now)
    }),
  },
  'applies what it refuses': {
    law: 'C4',
    breaks: judging((change, stored, now) => ({ apply: true, answer: decide(change, stored, now).answer })),
  },
  'removes whatever the condition': {
    law: 'C4',
    breaks: judging((change, stored, now) =>
      decide(change.entry ? change : { ...change, when: undefined }, stored, now),
    ),
  },
  'refuses a batch for one condition': {
    law: 'C4',
    breaks: (honest, entries) => ({
      write: (changes, call) =>
        changes.every(({ key, when }) => holds(when, entries.get(key), call.now))
          ? honest.write(changes, call)
          : changes.map(() => false),
    }),
  },
  'answers true to every removal': {
    law: 'C6',
    breaks: judging((change, stored, now) => {
      const verdict = decide(change, stored, now)
      return change.entry === undefined && verdict.apply ? { ...verdict, answer: true } : verdict
    }),
  },
  'answers true to the removal of what expired': {
    law: 'C6',
    breaks: judging((change, stored, now) => {
      const verdict = decide(change, stored, now)
      return change.entry === undefined && verdict.apply ? { ...verdict, answer: stored !== undefined } : verdict
    }),
  },
  'does not remove': {
    law: 'O2',
    breaks: judging((change, stored, now) => {
      const verdict = decide(change, stored, now)
      return change.entry === undefined ? { ...verdict, apply: false } : verdict
    }),
  },
  'never overwrites': {
    law: 'O2',
    breaks: judging((change, stored, now) => {
      const verdict = decide(change, stored, now)
      const keeps = change.entry !== undefined && stored !== undefined && now < stored.expiresAt
      return keeps ? { ...verdict, apply: false } : verdict
    }),
  },
  'truncates values': { law: 'V1', breaks: storing((entry) => ({ ...entry, value: entry.value.slice(0, 1_000) })) },
  'keeps values as text': {
    law: 'V1',
    breaks: storing((entry) => ({ ...entry, value: new TextEncoder().encode(new TextDecoder().decode(entry.value)) })),
  },
  'keeps the whole buffer of a view': {
    law: 'V1',
    breaks: storing((entry) => ({ ...entry, value: new Uint8Array(entry.value.buffer.slice(0)) as Bytes })),
  },
  'loses tags': { law: 'V1', breaks: storing((entry) => ({ ...entry, tags: [] })) },
  'loses the markers of tags': {
    law: 'V1',
    breaks: storing((entry) => ({ ...entry, tags: entry.tags.map(({ name }) => ({ name })) })),
  },
  'loses marks': { law: 'V1', breaks: storing((entry) => ({ ...entry, marks: {} })) },
  'loses keptUntil': { law: 'V1', breaks: storing((entry) => ({ ...entry, keptUntil: entry.expiresAt })) },
  'loses staleAt': { law: 'V1', breaks: storing((entry) => ({ ...entry, staleAt: entry.expiresAt })) },
  'rounds to seconds': { law: 'V1', breaks: storing((entry) => ({ ...entry, expiresAt: seconds(entry.expiresAt) })) },
  'loses entries without an end': {
    law: 'V1',
    breaks: storing((entry) => ({ ...entry, expiresAt: Number.isFinite(entry.expiresAt) ? entry.expiresAt : 0 })),
  },
  'takes empty values for missing ones': {
    law: 'V2',
    breaks: (_, entries) => ({
      read: (keys) => keys.map((key) => (entries.get(key)?.value.length ? found(entries, key) : undefined)),
    }),
  },
  'keeps the buffer that was put in': {
    law: 'V3',
    breaks: (_, entries) => ({
      write: (changes, call) =>
        changes.map((change) => {
          const { apply, answer } = decide(change, entries.get(change.key), call.now)
          if (apply && change.entry) entries.set(change.key, change.entry)
          else if (apply) entries.delete(change.key)
          return answer
        }),
    }),
  },
  'hands its own buffer out': {
    law: 'V3',
    breaks: (_, entries) => ({ read: (keys) => keys.map((key) => entries.get(key)) }),
  },
  'trims keys': { law: 'K2', breaks: renaming((key) => key.trim() || key) },
  'lower-cases keys': { law: 'K2', breaks: renaming((key) => key.toLowerCase()) },
  'normalises keys': { law: 'K2', breaks: renaming((key) => key.normalize()) },
  'cuts long keys': { law: 'K2', breaks: renaming((key) => key.slice(0, 250)) },
  'ends keys at NUL': { law: 'K2', breaks: renaming((key) => key.split('\0')[0] || key) },
  'takes keys for paths': { law: 'K2', breaks: renaming((key) => key.replaceAll(':', '/')) },
  'refuses long keys': {
    law: 'K1',
    breaks: (honest) => ({
      write: (changes, call) => {
        if (changes.some(({ key }) => key.length > 250)) throw new Error('too long')
        return honest.write(changes, call)
      },
    }),
  },
  'keeps keys as properties': {
    law: 'K1',
    breaks: () => {
      const entries: Record<string, Entry> = {}
      return {
        read: (keys) => keys.map((key) => (entries[key]?.kind === undefined ? undefined : copy(entries[key]))),
        write: (changes, call) =>
          changes.map((change) => {
            const stored = Object.hasOwn(entries, change.key) ? entries[change.key] : undefined
            const { apply, answer } = decide(change, stored, call.now)
            if (apply && change.entry) entries[change.key] = { ...change.entry, value: change.entry.value.slice() }
            else if (apply) delete entries[change.key]
            return answer
          }),
        async *scan(prefix) {
          for (const [key, entry] of Object.entries(entries)) if (key.startsWith(prefix)) yield [[key, copy(entry)]]
        },
        clear: (prefix) => {
          for (const key of Object.keys(entries)) if (key.startsWith(prefix)) delete entries[key]
        },
      }
    },
  },
  'matches prefixes anywhere': { law: 'S2', breaks: matching((key, prefix) => key.includes(prefix)) },
  'matches prefixes as patterns': { law: 'S2', breaks: matching((key, prefix) => like(prefix).test(key)) },
  'matches prefixes whatever their case': {
    law: 'S2',
    breaks: matching((key, prefix) => key.toLowerCase().startsWith(prefix.toLowerCase())),
  },
  'clears everything': { law: 'S5', breaks: clearing(() => true) },
  'clears nothing': { law: 'S5', breaks: clearing(() => false) },
  'clears nothing without a prefix': {
    law: 'S5',
    breaks: clearing((key, prefix) => prefix !== '' && key.startsWith(prefix)),
  },
  'clears anywhere': { law: 'S5', breaks: clearing((key, prefix) => key.includes(prefix)) },
  'clears by pattern': { law: 'S5', breaks: clearing((key, prefix) => like(prefix).test(key)) },
  'clears the key that names a namespace': {
    law: 'S5',
    breaks: clearing((key, prefix) => key.startsWith(prefix) || `${key}\u241f` === prefix),
  },
  'scans the first key twice': {
    law: 'S1',
    breaks: (honest) => ({
      async *scan(prefix, call) {
        let isFirst = true
        for await (const page of honest.scan(prefix, call)) {
          yield page
          if (isFirst) yield page
          isFirst = false
        }
      },
    }),
  },
  'scans one page alone': {
    law: 'S1',
    breaks: (_, entries) => ({
      async *scan(prefix) {
        yield below(entries, prefix).slice(0, 1_000)
      },
    }),
  },
  'scans what was rewritten again': {
    law: 'S1',
    breaks: (honest, entries) => ({
      write: (changes, call) => {
        for (const { key, when } of changes) {
          const entry = entries.get(key)
          if (entry === undefined || when !== undefined) continue
          entries.delete(key)
          entries.set(key, entry)
        }
        return honest.write(changes, call)
      },
      async *scan(prefix) {
        for (const [key, entry] of entries) {
          if (key.startsWith(prefix)) yield [[key, copy(entry)]]
        }
      },
    }),
  },
  'goes on when a scan is left': {
    law: 'S3',
    breaks: (_, entries) => ({
      scan: (prefix) => {
        const keys = [...entries.keys()].filter((key) => key.startsWith(prefix))
        const next = async (): Promise<IteratorResult<Page>> => {
          const key = keys.shift()
          const entry = key === undefined ? undefined : entries.get(key)
          return key === undefined || entry === undefined
            ? { done: true, value: undefined }
            : { done: false, value: [[key, copy(entry)]] }
        }
        return { [Symbol.asyncIterator]: () => ({ next, return: async () => ({ done: true, value: undefined }) }) }
      },
    }),
  },
  'cannot close with a scan that was left': {
    law: 'S3',
    breaks: (honest) => {
      let open = 0
      return {
        async *scan(prefix, call) {
          open += 1
          for await (const page of honest.scan(prefix, call)) yield page
          open -= 1
        },
        close: () => {
          if (open > 0) throw new Error(`${open} scans are open`)
        },
      }
    },
  },
  'says that its scans are ordered': {
    law: 'S4',
    breaks: (honest) => ({ traits: { ...honest.traits, scan: 'ordered' } }),
  },
  'orders by UTF-16': {
    law: 'S4',
    breaks: (honest, entries) => ({
      traits: { ...honest.traits, scan: 'ordered' },
      async *scan(prefix) {
        yield below(entries, prefix).sort(([a], [b]) => (a < b ? -1 : 1))
      },
    }),
  },
  'answers with promises': {
    law: 'R3',
    breaks: (honest) => ({
      read: async (keys, call) => honest.read(keys, call),
      write: async (changes, call) => honest.write(changes, call),
    }),
  },
  'clears with a promise': {
    law: 'R3',
    breaks: (honest) => ({ clear: async (prefix, call) => honest.clear(prefix, call) }),
  },
  'judges, waits, then writes': {
    law: 'C5',
    breaks: (honest, entries) => ({
      traits: { ...honest.traits, ...async, atomicBatch: false },
      write: async (changes, call) => {
        const answers: boolean[] = []
        for (const change of changes) {
          const verdict = decide(change, entries.get(change.key), call.now)
          await pass()
          answers.push(apply(entries, change, verdict))
        }
        return answers
      },
    }),
  },
  'shows parts of a batch': {
    law: 'B4',
    breaks: (honest) => ({
      traits: { ...honest.traits, ...async },
      write: async (changes, call) => {
        const answers: boolean[] = []
        for (const change of changes) {
          answers.push(...(await honest.write([change], call)))
          await pass()
        }
        return answers
      },
    }),
  },
  'ends entries by a timer of the old lifetime': {
    law: 'T3',
    breaks: (honest, entries) => ({
      read: (keys, call) => {
        const found = honest.read(keys, call)
        for (const key of keys) {
          const entry = entries.get(key)
          if (entry !== undefined && call.now >= entry.expiresAt) setImmediate(() => entries.delete(key))
        }
        return found
      },
    }),
  },
  'keeps the first lifetime': {
    law: 'T2',
    breaks: (honest, entries) => ({
      write: (changes, call) =>
        honest.write(
          changes.map((change) => {
            const stored = entries.get(change.key)
            if (change.entry === undefined || stored === undefined || !visible(stored, call.now)) return change
            const { expiresAt, keptUntil } = stored
            return { ...change, entry: { ...change.entry, expiresAt, keptUntil } }
          }),
          call,
        ),
    }),
  },
  'asks the system for the time': {
    law: 'C1',
    breaks: judging((change, stored) => decide(change, stored, Date.now())),
  },
  'drops what is kept': {
    law: 'T5',
    breaks: (honest) => ({
      read: async (keys, call) =>
        (await honest.read(keys, call)).map((entry) => (entry && visible(entry, call.now) ? entry : undefined)),
      traits: { ...honest.traits, ...async },
    }),
  },
  'closes once': {
    law: 'L1',
    breaks: (honest) => {
      let isClosed = false
      return {
        close: () => {
          if (isClosed) throw new Error('already closed')
          isClosed = true
          return honest.close()
        },
      }
    },
  },
  'takes less than it declares': {
    law: 'V4',
    breaks: (honest) => ({
      write: (changes, call) => {
        if (changes.some(({ entry }) => (entry?.size ?? 0) > 1_048_570)) throw new Error('no room')
        return honest.write(changes, call)
      },
    }),
  },
  'speaks of traits that nobody knows': {
    law: 'R1',
    breaks: (honest) => ({ traits: { ...honest.traits, sync: 'always' as 'all' } }),
  },
  'leaves a promise to fail unheard': {
    law: 'F1',
    breaks: (honest) => ({
      write: (changes, call) => {
        if (changes.some(({ entry }) => entry === undefined)) void Promise.reject(new Error('unheard'))
        return honest.write(changes, call)
      },
    }),
  },
}

/** A prefix as LIKE and globs read it. */
function like(prefix: string): RegExp {
  const pattern = prefix
    .replaceAll(/[.+^$()|\\[\]{}]/g, '\\$&')
    .replaceAll(/[*%]/g, '.*')
    .replaceAll(/[?_]/g, '.')
  return new RegExp(`^${pattern}`, 's')
}
