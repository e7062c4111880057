import type { Traits } from '@cachette/core'
import { died, type Finding, hung, troubled } from './finding.js'
import { judgeSurvey } from './judge.js'
import type { Ledger } from './ledger.js'
import type { ProcessSettings } from './options.js'
import { type End, endedAsTold, supervise } from './supervise.js'
import type { Message, SubjectFacts, Trouble, WriteJob } from './wire.js'

/** When a child is killed: so long after its so manieth write was begun, or after it began to open where that is 0. */
export interface Moment {
  readonly afterWrites: number
  readonly delayMs: number
}

export interface RoundResult {
  readonly subject: SubjectFacts | undefined
  readonly traits: Traits | undefined
  /** Whether it came to show what it held. */
  readonly surveyed: boolean
  readonly writes: number
  readonly finding: Finding | undefined
  /** It could not be told what to check. */
  readonly unusable: string | undefined
}

const TITLE = 'a store opens again after a kill, and goes on'

/** One life of a process: it opens, shows what it holds, and writes until it is killed at the moment, or has finished. */
export class Round {
  readonly #settings: ProcessSettings
  readonly #ledger: Ledger
  readonly #job: WriteJob
  readonly #moment: Moment | undefined
  #subject: SubjectFacts | undefined
  #traits: Traits | undefined
  #during = 'starting'
  #surveyed = false
  #writes = 0
  #done = false
  #trouble: Trouble | undefined
  #finding: Finding | undefined

  constructor(settings: ProcessSettings, ledger: Ledger, job: WriteJob, moment: Moment | undefined) {
    this.#settings = settings
    this.#ledger = ledger
    this.#job = job
    this.#moment = moment
  }

  async run(): Promise<RoundResult> {
    const end = await supervise(this.#settings, this.#job, (message, { kill }) => this.#hear(message, kill))
    this.#ledger.killed()
    const unusable = this.#trouble?.during === 'loading' ? this.#trouble.message : undefined
    return {
      subject: this.#subject,
      traits: this.#traits,
      surveyed: this.#surveyed,
      writes: this.#writes,
      finding: unusable === undefined ? this.#verdict(end) : undefined,
      unusable,
    }
  }

  #hear(message: Message, kill: () => void): void {
    switch (message.is) {
      case 'opening':
        this.#subject = message.subject
        this.#during = 'opening'
        if (this.#moment?.afterWrites === 0) this.#killLater(kill)
        return
      case 'open':
        this.#traits = message.traits
        this.#during = 'reading'
        return
      case 'survey':
        this.#during = 'writing'
        this.#surveyed = true
        if (this.#traits !== undefined) this.#finding = judgeSurvey(message, this.#ledger, this.#traits)
        if (this.#finding !== undefined) kill()
        return
      case 'begin':
        this.#writes += 1
        this.#ledger.begin(message)
        if (this.#moment?.afterWrites === this.#writes) this.#killLater(kill)
        return
      case 'end':
        this.#ledger.acknowledge(message.write)
        return
      case 'done':
        this.#during = 'exiting'
        this.#done = true
        return
      case 'trouble':
        this.#trouble ??= message
        kill()
        return
      case 'step':
      case 'examined':
      case 'history':
      case 'refused':
    }
  }

  #verdict(end: End): Finding | undefined {
    const story = [`opened ${this.#job.round + 1} times, ${this.#writes} writes this time`]
    if (this.#finding !== undefined) return this.#finding
    if (this.#trouble !== undefined) return troubled('L3', TITLE, this.#trouble, story)
    if (end.hung) return hung('L3', TITLE, this.#during, this.#settings.patienceMs, story)
    return endedAsTold(end, this.#done) ? undefined : died('L3', TITLE, this.#during, end.exit, story)
  }

  #killLater(kill: () => void): void {
    const { delayMs = 0 } = this.#moment ?? {}
    if (delayMs === 0) kill()
    else setTimeout(kill, delayMs)
  }
}
