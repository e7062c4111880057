import { decide, type Found, holds, visible } from '@cachette/core'
import { type BrokenMap, found, judging } from './breaking.js'

/** What goes wrong in answers: of batches, of conditions, of removals. */
export const BROKEN_ANSWERS: Readonly<Record<string, BrokenMap>> = {
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
}
