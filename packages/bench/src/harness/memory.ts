/** Memory for each entry: what a cache takes beside the keys and values themselves, after garbage collection. */

import { inChild } from './child.js'
import type { OpenSubject } from './face.js'
import { reasonOf } from './gate.js'
import type { Excluded, Group, Series, Target } from './group.js'
import { flat, random } from './keys.js'

export interface PerEntry {
  readonly name: string
  readonly title: string
  readonly subjects: readonly OpenSubject[]
  readonly baseline: string
  readonly targets?: readonly Target[] | undefined
  readonly entries: number
  readonly valueBytes: number
}

type Weighed = { readonly bytesPerEntry: number } | { readonly reason: string }

/** Heaps repeat well: a few processes for each subject are enough. */
const MOST_ROUNDS = 3

export function perEntry(definition: PerEntry): Group {
  const { subjects, targets = [], entries, valueBytes, ...shown } = definition
  const weighNamed = (name: string, seed: number, count: number): Promise<Weighed> => {
    const subject = subjects.find((one) => one.name === name)
    if (subject === undefined) throw new TypeError(`${definition.name} has no subject "${name}"`)
    return weigh(subject, seed, count, valueBytes).catch((error: unknown) => ({ reason: reasonOf(error) }))
  }
  return {
    ...shown,
    unit: { name: 'B/entry', better: 'less' },
    subjects,
    targets,
    alone: (name, plan) => weighNamed(name, plan.seed, entries),
    async check(plan) {
      const excluded: Excluded[] = []
      for (const { name } of subjects) {
        const weighed = await weighNamed(name, plan.seed, plan.keys)
        if ('reason' in weighed) excluded.push({ subject: name, reason: weighed.reason })
      }
      return excluded
    },
    async measure(plan) {
      const series: Series[] = []
      const excluded: Excluded[] = []
      for (const { name } of subjects) {
        const samples: number[] = []
        const failures: Excluded[] = []
        for (let round = 0; round < Math.min(plan.rounds, MOST_ROUNDS); round++) {
          const weighed = await inChild<Weighed>({ group: definition.name, subject: name, plan })
          if ('bytesPerEntry' in weighed) samples.push(weighed.bytesPerEntry)
          else failures.push({ subject: name, reason: weighed.reason })
        }
        if (failures[0] === undefined) series.push({ subject: name, samples })
        else excluded.push(failures[0])
      }
      return { series, excluded }
    },
  }
}

async function weigh(subject: OpenSubject, seed: number, entries: number, valueBytes: number): Promise<Weighed> {
  const next = random(seed)
  const keys = Array.from({ length: entries }, (_, id) => flat(`user:${id}:profile`))
  const values = keys.map((key) => flat(`${key} ${Math.floor(next() * 1e9)} `.padEnd(valueBytes, 'x')))
  // The first one loads the code, which is not what is weighed; what a new one takes beforehand is.
  await (await subject.open()).close?.()
  const before = heldBytes()
  const face = await subject.open()
  for (const [index, key] of keys.entries()) await face.set(key, values[index] ?? '')
  const bytesPerEntry = (heldBytes() - before) / entries
  let wrong = 0
  for (const [index, key] of keys.entries()) if ((await face.get(key)) !== values[index]) wrong += 1
  await face.close?.()
  return wrong > 0 ? { reason: `${wrong} of ${entries} keys did not give back what was put` } : { bytesPerEntry }
}

function heldBytes(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
