import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkOptions, type LawId } from '@cachette/core'
import type { Report } from '../results.js'
import type { DiskResult } from './disk-result.js'
import { fillDisk } from './full-disk.js'
import { PROCESS_RULES, type ProcessOptions, type ProcessSettings, parseProcessOptions } from './options.js'
import { forbidWrites } from './read-only.js'
import { reportOf } from './report.js'

/** The laws that a disk can break. */
export const DISK_LAWS: readonly LawId[] = ['P1', 'F1', 'F2', 'F3']

/** Which of them each thing tries. */
const OF_FULL: readonly LawId[] = ['P1', 'F1', 'F3']
const OF_READ_ONLY: readonly LawId[] = ['P1', 'F1', 'F2']

/**
 * Fills the disk under a store and makes room again, and lets another be read alone: refusals must say what is wrong,
 * nothing that was acknowledged may be lost, and once it is possible to write again, the store does.
 */
export async function troubleDisk(options: ProcessOptions, program: URL): Promise<Report> {
  checkOptions('checkDisk', options, PROCESS_RULES)
  const startedAt = performance.now()
  const settings = parseProcessOptions(options, program)
  const full = await within('full', settings, 1, fillDisk)
  const readOnly = await within('read-only', settings, 2, forbidWrites)
  return report(full, readOnly, settings, startedAt)
}

async function within(
  name: string,
  settings: ProcessSettings,
  done: number,
  work: (settings: ProcessSettings, folder: string) => Promise<DiskResult>,
): Promise<DiskResult> {
  const root = mkdtempSync(join(tmpdir(), 'cachette-disk-'))
  try {
    const folder = join(root, name)
    mkdirSync(folder)
    // Whoever has no rights must at least find it.
    chmodSync(root, 0o755)
    chmodSync(folder, 0o755)
    const result = await work(settings, folder)
    const outcome = result.skipped ?? (result.findings.length > 0 ? 'broken' : 'kept')
    settings.onProgress({ done, of: 2, what: `${name} disk: ${outcome}` })
    return result
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function report(full: DiskResult, readOnly: DiskResult, { seed }: ProcessSettings, startedAt: number): Report {
  const both = [
    { ...full, title: 'a full disk', laws: OF_FULL },
    { ...readOnly, title: 'a disk that may only be read', laws: OF_READ_ONLY },
  ]
  const subject = readOnly.subject ?? full.subject
  return reportOf({
    subject: subject?.name ?? 'a store',
    deviations: subject?.deviations ?? [],
    traits: readOnly.traits ?? full.traits,
    tried: DISK_LAWS.map((law) => {
      const tries = both.filter(({ laws }) => laws.includes(law))
      const notTried = tries.flatMap(({ title, skipped }) =>
        skipped === undefined ? [] : [{ title, reason: skipped }],
      )
      const whyNot = [...new Set(notTried.map(({ reason }) => reason))].join('; ')
      return { law, trials: tries.length - notTried.length, whyNot, notTried }
    }),
    findings: both.flatMap(({ findings }) => findings),
    runs: 1,
    seed,
    replay: `crash --only disk --seed ${seed}`,
    startedAt,
  })
}
