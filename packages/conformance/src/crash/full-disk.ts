import { join } from 'node:path'
import type { LawId, Traits } from '@cachette/core'
import { invalid } from '../options.js'
import type { DiskResult } from './disk-result.js'
import { died, type Finding, hung, troubled } from './finding.js'
import { judgeSurvey } from './judge.js'
import { Ledger } from './ledger.js'
import type { ProcessSettings } from './options.js'
import { Round } from './round.js'
import { mountSmallDisk, type SmallDisk } from './small-disk.js'
import { type End, endedAsTold, supervise } from './supervise.js'
import type { Message, SubjectFacts, Trouble } from './wire.js'

const WRITES_AFTER = 5

/** Fills the disk under a store, and makes room again. */
export async function fillDisk(settings: ProcessSettings, folder: string): Promise<DiskResult> {
  const disk = mountSmallDisk(folder)
  if (typeof disk === 'string') return { findings: [], skipped: disk }
  try {
    return await new FullDisk(settings, disk).run()
  } finally {
    disk.unmount()
  }
}

class FullDisk {
  readonly #settings: ProcessSettings
  readonly #disk: SmallDisk
  readonly #path: string
  readonly #ledger = new Ledger()
  readonly #findings: Finding[] = []
  #subject: SubjectFacts | undefined
  #traits: Traits | undefined
  #during = 'starting'
  #refused = 0
  #done = false
  #trouble: Trouble | undefined

  constructor(settings: ProcessSettings, disk: SmallDisk) {
    this.#settings = settings
    this.#disk = disk
    this.#path = join(disk.folder, 'store')
  }

  async run(): Promise<DiskResult> {
    const { place } = this.#settings
    const { ballast } = this.#disk
    const job = { task: 'fill', ...place, path: this.#path, round: 0, ballast } as const
    const end = await supervise(this.#settings, job, (message, { kill }) => this.#hear(message, kill))
    this.#ledger.killed()
    if (this.#trouble?.during === 'loading') throw invalid(this.#trouble.message)
    const facts = { subject: this.#subject, traits: this.#traits }
    if (this.#traits?.lives === 'process') return { ...facts, findings: [], skipped: 'it keeps nothing on a disk here' }
    this.#note(this.#deathOf(end))
    if (this.#findings.length === 0) this.#note(await this.#again())
    const neverFull = this.#findings.length === 0 && this.#refused === 0
    return {
      ...facts,
      findings: this.#findings,
      skipped: neverFull ? 'what was written never filled the disk' : undefined,
    }
  }

  #hear(message: Message, kill: () => void): void {
    switch (message.is) {
      case 'opening':
        this.#subject = message.subject
        this.#during = 'opening'
        return
      case 'open':
        this.#traits = message.traits
        return
      case 'step':
        this.#during = message.during
        return
      case 'begin':
        this.#ledger.begin(message)
        return
      case 'end':
        this.#ledger.acknowledge(message.write)
        return
      case 'refused':
        this.#refused += 1
        this.#ledger.refuse(message.write, message.outcome ?? 'unknown')
        if (message.code !== 'FULL') this.#note(untyped(message))
        return
      case 'survey':
        if (this.#traits !== undefined) this.#note(kept(judgeSurvey(message, this.#ledger, this.#traits)))
        return
      case 'done':
        this.#done = true
        return
      case 'trouble':
        this.#trouble = message
        kill()
        return
      case 'examined':
      case 'history':
    }
  }

  #deathOf(end: End): Finding | undefined {
    const story = [`${this.#refused} writes were refused`]
    if (this.#trouble !== undefined) return troubled(lawOf(this.#trouble), titleOf(this.#trouble), this.#trouble, story)
    const title = 'a store lives with a full disk'
    if (end.hung) return hung('F1', title, this.#during, this.#settings.patienceMs, story)
    return endedAsTold(end, this.#done) ? undefined : died('F1', title, this.#during, end.exit, story)
  }

  /** Another process finds it all. */
  async #again(): Promise<Finding | undefined> {
    const { place, seed } = this.#settings
    const job = { task: 'write', ...place, path: this.#path, seed, round: 1, writes: WRITES_AFTER } as const
    return kept((await new Round(this.#settings, this.#ledger, job, undefined).run()).finding)
  }

  #note(finding: Finding | undefined): void {
    if (finding !== undefined && !this.#findings.some(({ law }) => law === finding.law)) this.#findings.push(finding)
  }
}

function untyped({ message }: Trouble): Finding {
  const title = 'a write that finds no room is refused with FULL'
  return { law: 'F1', title, expected: 'FULL', got: message, story: [] }
}

/** What the check of kills says of a kill is here said of a full disk. */
function kept(finding: Finding | undefined): Finding | undefined {
  return finding?.law === 'L3'
    ? { ...finding, law: 'P1', title: 'what was acknowledged is there when the disk is full, and after' }
    : finding
}

const AFTER = 'writing once there is room again'

function lawOf({ during }: Trouble): LawId {
  if (during === AFTER) return 'F3'
  return during.startsWith('reading') ? 'P1' : 'F1'
}

function titleOf({ during }: Trouble): string {
  if (during === AFTER) return 'a store writes again once there is room, without a restart'
  return during.startsWith('reading') ? 'a full disk can be read' : 'a store lives with a full disk'
}
