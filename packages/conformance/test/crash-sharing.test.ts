import { describe, expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { checkSharing, type SharingOptions } from '../src/crash.js'
import { textOf } from '../src/report.js'
import type { Report } from '../src/results.js'

const subjects = built(new URL('./support/crash-subjects.ts', import.meta.url))

async function check(exportName: string, options: Partial<SharingOptions> = {}): Promise<Report> {
  return checkSharing({ ...(await subjects), exportName, seed: 3, durationMs: 600, ...options })
}

test('files under a lock can be shared', async () => {
  const report = await check('sharesFiles')
  expect(report.passed, textOf(report)).toBe(true)
  expect(report.laws.map(({ law, status }) => `${law} ${status}`)).toEqual(['O2 passed', 'C5 passed', 'R1 passed'])
}, 30_000)

describe('what cannot be shared is found', () => {
  test.each([
    ['locksNothing', 'O2|C5'],
    ['remembersOwnReads', 'O2|C5'],
    ['writesInHalves', 'O2|C5'],
  ])(
    '%s',
    async (exportName, laws) => {
      const report = await check(exportName)
      const failures = report.laws.flatMap(({ failure }) => failure ?? [])
      expect(failures[0]?.law, textOf(report)).toMatch(new RegExp(laws))
      expect(failures[0]?.title).toBe('some order explains what several processes were answered')
    },
    30_000,
  )
})

test('a store of one process is not tried', async () => {
  const report = await check('crashSubject')
  expect(report.laws.map(({ status }) => status)).toEqual(['notApplicable', 'notApplicable', 'notApplicable'])
})
