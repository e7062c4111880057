/** Timed groups: warm up, then one slice of each subject in every round, the order rotated from round to round. */

import type { OpenSubject, Pace, Verb } from './face.js'
import { gate, reasonOf } from './gate.js'
import type { Excluded, Group, Measured, Plan, Series, Target, Time } from './group.js'
import { DRAWS, SKEW, type Workload, workload } from './keys.js'
import { type Loop, loop } from './loops.js'

export interface Timed {
  readonly name: string
  readonly title: string
  readonly verb: Verb
  readonly pace: Pace
  readonly time: Time
  readonly subjects: readonly OpenSubject[]
  readonly baseline: string
  readonly targets?: readonly Target[] | undefined
  /** Values of so many bytes; else objects of about 200. */
  readonly valueBytes?: number | undefined
}

interface Running {
  readonly name: string
  readonly loop: Loop
  calls: number
  readonly samples: number[]
}

/** Milliseconds since it was started. */
type Stopwatch = () => number

const STOPWATCHES: Readonly<Record<Time, () => Stopwatch>> = {
  wall() {
    const began = performance.now()
    return () => performance.now() - began
  },
  processor() {
    const began = process.cpuUsage()
    return () => {
      const { user, system } = process.cpuUsage(began)
      return (user + system) / 1000
    }
  },
}

/** Rounds of warming up, counted as measuring time. */
const WARM_UP = 3

export function timed(definition: Timed): Group {
  const { verb, pace, subjects, targets = [], valueBytes, ...shown } = definition
  const workOf = ({ seed, keys }: Plan): Workload => workload({ seed, keys, draws: DRAWS, skew: SKEW, valueBytes })
  return {
    ...shown,
    unit: { name: 'calls/s', better: 'more' },
    subjects,
    targets,
    async check(plan) {
      const { excluded, close } = await admit(subjects, workOf(plan), verb, pace)
      await close()
      return excluded
    },
    async measure(plan) {
      const { running, excluded, close } = await admit(subjects, workOf(plan), verb, pace)
      const failed = await measure(running, plan, STOPWATCHES[shown.time])
      await close()
      const series: Series[] = running.map(({ name, samples }) => ({ subject: name, samples }))
      return {
        series: series.filter(({ subject }) => !failed.some((failure) => failure.subject === subject)),
        excluded: [...excluded, ...failed],
      } satisfies Measured
    },
  }
}

/** Opens every subject and holds it to the gate; those that pass are full when they are measured. */
async function admit(subjects: readonly OpenSubject[], work: Workload, verb: Verb, pace: Pace) {
  const running: Running[] = []
  const excluded: Excluded[] = []
  const closing: (() => unknown)[] = []
  for (const subject of subjects) {
    try {
      const face = await subject.open()
      closing.push(() => face.close?.())
      await gate(face, work, verb, pace)
      running.push({ name: subject.name, loop: loop(face, work, verb, pace), calls: 0, samples: [] })
    } catch (error) {
      excluded.push({ subject: subject.name, reason: reasonOf(error) })
    }
  }
  const close = async (): Promise<void> => {
    for (const end of closing) await end()
  }
  return { running, excluded, close }
}

async function measure(running: readonly Running[], plan: Plan, start: () => Stopwatch): Promise<Excluded[]> {
  const sliceMs = (plan.seconds * 1000) / ((plan.rounds + WARM_UP) * running.length)
  const failed = new Map<string, string>()
  const slice = async (subject: Running): Promise<number> => {
    const elapsedMs = start()
    try {
      const missing = await subject.loop(subject.calls, subject.samples.length * subject.calls)
      if (missing > 0) failed.set(subject.name, `lost ${missing} of ${subject.calls} answers while it was measured`)
    } catch (error) {
      failed.set(subject.name, `failed while it was measured: ${reasonOf(error)}`)
    }
    return failed.has(subject.name) ? Infinity : elapsedMs()
  }

  for (const subject of running) {
    for (subject.calls = 64; (await slice(subject)) < sliceMs / 2; ) subject.calls *= 2
    for (let round = 1; round < WARM_UP; round++) {
      subject.calls = Math.max(1, Math.round((subject.calls * sliceMs) / Math.max(await slice(subject), 0.001)))
    }
  }
  for (let round = 0; round < plan.rounds; round++) {
    globalThis.gc?.()
    for (let turn = 0; turn < running.length; turn++) {
      const subject = running[(turn + round) % running.length]
      if (subject === undefined || failed.has(subject.name)) continue
      // Nobody pays for what another one threw away. Not a full collection: many in a row make the engine drop code.
      globalThis.gc?.({ type: 'minor' })
      subject.samples.push(subject.calls / ((await slice(subject)) / 1000))
    }
  }
  return [...failed].map(([subject, reason]) => ({ subject, reason }))
}
