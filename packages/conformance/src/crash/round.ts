import type { Traits } from '@cachette/core'
import { died, type Finding, hung, troubled } from './finding.js'
import { judgeSurvey } from './judge.js'
import type { Ledger } from './ledger.js'
import type { ProcessSettings } from './options.js'
import { type Child, type Exit, start } from './spawn.js'
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
  #child: Child | undefined
  #watchdog: NodeJS.Timeout | undefined
  #subject: SubjectFacts | undefined
  #traits: Traits | undefined
  #during = 'starting'
  #surveyed = false
  #writes = 0
  #killed = false
  #hung = false
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
    this.#watch()
    this.#child = start(this.#settings.program, this.#job, (message) => this.#hear(message))
    const exit = await this.#child.exit
    clearTimeout(this.#watchdog)
    this.#ledger.killed()
    const unusable = this.#trouble?.during === 'loading' ? this.#trouble.message : undefined
    return {
      subject: this.#subject,
      traits: this.#traits,
      surveyed: this.#surveyed,
      writes: this.#writes,
      finding: unusable === undefined ? this.#verdict(exit) : undefined,
      unusable,
    }
  }

  #hear(message: Message): void {
    this.#watch()
    switch (message.is) {
      case 'opening':
        this.#subject = message.subject
        this.#during = 'opening'
        if (this.#moment?.afterWrites === 0) this.#killLater()
        return
      case 'open':
        this.#traits = message.traits
        this.#during = 'reading'
        return
      case 'survey':
        this.#during = 'writing'
        this.#surveyed = true
        if (this.#traits !== undefined) this.#finding = judgeSurvey(message, this.#ledger, this.#traits)
        if (this.#finding !== undefined) this.#kill()
        return
      case 'begin':
        this.#writes += 1
        this.#ledger.begin(message)
        if (this.#moment?.afterWrites === this.#writes) this.#killLater()
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
        this.#kill()
    }
  }

  #verdict(exit: Exit): Finding | undefined {
    const story = [`opened ${this.#job.round + 1} times, ${this.#writes} writes this time`]
    if (this.#finding !== undefined) return this.#finding
    if (this.#trouble !== undefined) return troubled('L3', TITLE, this.#trouble, story)
    if (this.#hung) return hung('L3', TITLE, this.#during, this.#settings.patienceMs, story)
    const asTold = this.#done ? exit.code === 0 : this.#killed && exit.signal === 'SIGKILL'
    return asTold ? undefined : died('L3', TITLE, this.#during, exit, story)
  }

  #killLater(): void {
    const { delayMs = 0 } = this.#moment ?? {}
    if (delayMs === 0) this.#kill()
    else setTimeout(() => this.#kill(), delayMs)
  }

  #kill(): void {
    this.#killed = true
    this.#child?.kill()
  }

  /** Every word is a sign of life. */
  #watch(): void {
    clearTimeout(this.#watchdog)
    this.#watchdog = setTimeout(() => {
      this.#hung = true
      this.#kill()
    }, this.#settings.patienceMs)
  }
}
