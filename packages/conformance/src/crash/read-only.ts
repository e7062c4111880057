import { chmodSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { code } from '../format.js'
import { invalid } from '../options.js'
import type { DiskResult } from './disk-result.js'
import { deathOf, runExaminer } from './examined.js'
import type { Finding } from './finding.js'
import { judgeExamination } from './judge-damage.js'
import { ALL_KEYS } from './keys.js'
import { Ledger } from './ledger.js'
import type { ProcessSettings } from './options.js'
import { Round } from './round.js'
import type { Examination } from './wire.js'

const WRITES = 60
const WRITES_AFTER = 5

/** Whose rights root gives up: permission bits hold nobody who is root. */
const NOBODY = 65_534

const TITLE = 'a store that may not be written refuses with READ_ONLY'

/** Takes the right to write away from a closed store, tries everything with it, and gives it back. */
export async function forbidWrites(settings: ProcessSettings, folder: string): Promise<DiskResult> {
  if (process.platform === 'win32') return { findings: [], skipped: 'folders cannot be made read-only here' }
  const path = join(folder, 'store')
  const ledger = new Ledger()
  const life = (round: number, writes: number): Round => {
    const { place, seed } = settings
    return new Round(settings, ledger, { task: 'write', ...place, path, seed: seed + round, round, writes }, undefined)
  }
  const { finding, unusable, ...facts } = await life(0, WRITES).run()
  if (unusable !== undefined) throw invalid(unusable)
  if (finding !== undefined) return { ...facts, findings: [finding] }
  if (facts.traits?.lives !== 'disk') return { ...facts, findings: [], skipped: 'it keeps nothing on a disk here' }
  setWritable(folder, false)
  let refused: Finding | undefined
  try {
    refused = await tryAll(settings, path, ledger)
  } finally {
    setWritable(folder, true)
  }
  const again = await life(2, WRITES_AFTER).run()
  return { ...facts, findings: [refused, again.finding].filter((one) => one !== undefined) }
}

async function tryAll(settings: ProcessSettings, path: string, ledger: Ledger): Promise<Finding | undefined> {
  const { place, patienceMs } = settings
  const user = process.getuid?.() === 0 ? NOBODY : undefined
  const examined = await runExaminer(settings, { task: 'examine', ...place, path, round: 1, user })
  const { examination } = examined
  const story = ['all files and folders of the store may only be read']
  return deathOf(examined, 'F1', TITLE, patienceMs, story) ?? (examination && judgeRefusals(examination, ledger, story))
}

function judgeRefusals(examination: Examination, ledger: Ledger, story: readonly string[]): Finding | undefined {
  const lie = judgeExamination(examination, ledger, story)
  if (lie !== undefined) return lie
  const { refusals, found, taken } = examination
  const other = refusals.find(
    ({ during, code: got }) => /^(opening|writing|clearing)/.test(during) && got !== 'READ_ONLY',
  )
  if (other !== undefined) {
    return { law: 'F1', title: TITLE, expected: `READ_ONLY from ${other.during}`, got: other.message, story }
  }
  const [key] = taken
  if (key !== undefined) {
    return {
      law: 'F1',
      title: TITLE,
      expected: `READ_ONLY from writing ${code(key)}`,
      got: 'an acknowledgement',
      story,
    }
  }
  // Where reading is refused nothing can be said.
  if (refusals.some(({ during }) => /^(opening|reading)/.test(during))) return undefined
  const missing = ALL_KEYS.find(
    (one) =>
      !ledger.explains(
        one,
        found.find((sighting) => sighting.key === one),
      ),
  )
  if (missing === undefined) return undefined
  return {
    law: 'F2',
    title: 'a store that may only be read gives what is there',
    expected: `key ${code(missing)} to hold ${ledger.allowed(missing)}`,
    got: found.some((sighting) => sighting.key === missing) ? 'something older' : 'nothing',
    story: ledger.story(missing),
  }
}

/** From the leaves up or down, so that each can still be reached. */
function setWritable(path: string, writable: boolean): void {
  const isFolder = statSync(path).isDirectory()
  const mode = isFolder ? 0o555 : 0o444
  if (writable) chmodSync(path, mode | 0o200)
  if (isFolder) for (const name of readdirSync(path)) setWritable(join(path, name), writable)
  if (!writable) chmodSync(path, mode)
}
