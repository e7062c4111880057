import { textOf } from '@cachette/conformance'
import { checkDamage, checkDisk } from '@cachette/conformance/crash'
import { crashConformance } from '@cachette/conformance/vitest'
import { expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'

const subject = built(new URL('./crash-subject.ts', import.meta.url))

/** Each kill, and each damage, is one or two processes. */
const PATIENCE_MS = 300_000

crashConformance(async () => ({ ...(await subject), kills: 15 }), { checks: ['kills'] })

test(
  'no damage to its files takes the process with it',
  async () => {
    const report = await checkDamage({ ...(await subject), damages: 25 })
    expect(report.passed, textOf(report)).toBe(true)
  },
  PATIENCE_MS,
)

test(
  'a disk that is full, and one that may only be read, end nothing and lose nothing',
  async () => {
    const report = await checkDisk(await subject)
    expect(report.passed, textOf(report)).toBe(true)
  },
  PATIENCE_MS,
)
