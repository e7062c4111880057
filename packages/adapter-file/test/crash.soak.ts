import { textOf } from '@cachette/conformance'
import { checkCrash, checkDamage, checkSharing } from '@cachette/conformance/crash'
import { expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'

const subject = built(new URL('./crash-subject.ts', import.meta.url))
const seconds = Number(process.env['CACHETTE_SOAK_SECONDS'])

/** As many as a machine with other work manages. */
const KILLS_PER_SECOND = 1
const DAMAGES_PER_SECOND = 0.5

const PATIENCE_MS = 1_800_000

test(
  'killed again and again',
  async () => {
    const report = await checkCrash({ ...(await subject), kills: Math.ceil(seconds * KILLS_PER_SECOND) })
    console.log(textOf(report))
    expect(report.passed, textOf(report)).toBe(true)
  },
  PATIENCE_MS,
)

test(
  'two processes and the four threads of a third',
  async () => {
    const report = await checkSharing({ ...(await subject), processes: 2, threads: 4, durationMs: seconds * 1000 })
    console.log(textOf(report))
    expect(report.passed, textOf(report)).toBe(true)
  },
  PATIENCE_MS,
)

test(
  'damaged',
  async () => {
    const report = await checkDamage({ ...(await subject), damages: Math.ceil(seconds * DAMAGES_PER_SECOND) })
    console.log(textOf(report))
    expect(report.passed, textOf(report)).toBe(true)
  },
  PATIENCE_MS,
)
