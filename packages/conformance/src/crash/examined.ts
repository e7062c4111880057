import type { LawId, Traits } from '@cachette/core'
import { invalid } from '../options.js'
import { died, type Finding, hung } from './finding.js'
import type { ProcessSettings } from './options.js'
import { type End, endedAsTold, supervise } from './supervise.js'
import type { Examination, Job, SubjectFacts } from './wire.js'

/** What came of a child that tries everything. */
export interface Examined {
  readonly end: End
  /** What it did last. */
  readonly during: string
  readonly done: boolean
  readonly subject: SubjectFacts | undefined
  readonly traits: Traits | undefined
  /** Undefined where it did not live to tell. */
  readonly examination: Examination | undefined
}

export async function runExaminer(settings: ProcessSettings, job: Job): Promise<Examined> {
  let during = 'starting'
  let done = false
  let subject: SubjectFacts | undefined
  let traits: Traits | undefined
  let examination: Examination | undefined
  let unusable: string | undefined
  const end = await supervise(settings, job, (message, { kill }) => {
    if (message.is === 'opening') subject = message.subject
    if (message.is === 'open') traits = message.traits
    if (message.is === 'step') during = message.during
    if (message.is === 'examined') examination = message
    if (message.is === 'done') done = true
    if (message.is === 'trouble') {
      unusable = message.message
      kill()
    }
  })
  if (unusable !== undefined) throw invalid(unusable)
  return { end, during: done ? 'exiting' : during, done, subject, traits, examination }
}

/** A process that did not live to its end, or never came to it. */
export function deathOf(
  { end, during, done }: Examined,
  law: LawId,
  title: string,
  patienceMs: number,
  story: readonly string[],
): Finding | undefined {
  if (end.hung) return hung(law, title, during, patienceMs, story)
  return endedAsTold(end, done) ? undefined : died(law, title, during, end.exit, story)
}
