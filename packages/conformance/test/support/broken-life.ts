import { decide, type Found, isPromise, visible } from '@cachette/core'
import { apply, async, type BrokenMap, judging, pass } from './breaking.js'

/** What goes wrong with time, readiness, atomicity and the end. */
export const BROKEN_LIFE: Readonly<Record<string, BrokenMap>> = {
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
  'rejects what it refuses': {
    law: 'R3',
    breaks: (honest) => ({
      read: (keys, call) => (keys.includes('') ? Promise.reject(new Error('no key')) : honest.read(keys, call)),
    }),
  },
  'applies half of a batch': {
    law: 'B1',
    breaks: (honest) => ({
      write: (changes, call) => {
        const half = changes.length > 2 ? Math.ceil(changes.length / 2) : changes.length
        const done = honest.write(changes.slice(0, half), call)
        return isPromise(done) ? done : [...done, ...changes.slice(half).map(() => true)]
      },
    }),
  },
  'answers with numbers': {
    law: 'B1',
    breaks: (honest) => ({
      write: (changes, call) => ([honest.write(changes, call)].flat() as unknown[]).map(Number) as unknown as boolean[],
    }),
  },
  'answers with no list': { law: 'B1', breaks: () => ({ read: () => new Map() as unknown as readonly Found[] }) },
}
