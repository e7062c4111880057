import { describe, expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { checkDamage, type DamageOptions } from '../src/crash.js'
import { textOf } from '../src/report.js'
import type { Report } from '../src/results.js'

const subjects = built(new URL('./support/crash-subjects.ts', import.meta.url))

async function check(exportName: string, options: Partial<DamageOptions> = {}): Promise<Report> {
  return checkDamage({ ...(await subjects), exportName, seed: 3, damages: 12, ...options })
}

test('a log lives with damage', async () => {
  const steps: string[] = []
  const report = await check('crashSubject', { onProgress: ({ what }) => steps.push(what) })
  expect(report.passed, textOf(report)).toBe(true)
  expect(report.laws.map(({ law, status, trials }) => [law, status, trials])).toEqual([
    ['F1', 'passed', 12],
    ['F2', 'passed', 12],
  ])
  expect(steps[0]).toMatch(/of \d+ bytes: \d+ of 48 keys as they were/)
}, 30_000)

describe('what does not live with it is found', () => {
  test.each([
    ['trustsBytes', 'F2', 'a damaged store never gives a wrong value', /byte at|of its/],
    ['abortsOnGarbage', 'F1', 'a damaged store answers or refuses, and takes no process with it', /SIGABRT/],
    ['hangsOnGarbage', 'F1', 'a damaged store answers or refuses, and takes no process with it', /nothing for 1000 ms/],
    ['throwsOnGarbage', 'F1', 'a store that cannot do something says so with a typed error', /out of bounds/],
  ])(
    '%s',
    async (exportName, law, title, got) => {
      const report = await check(exportName, { damages: 8, patienceMs: 1_000 })
      const failure = report.laws.find((one) => one.law === law)?.failure
      expect(failure).toMatchObject({ title, replay: 'crash --only damage --damages 8 --seed 3' })
      expect(failure?.got).toMatch(got)
      expect(failure?.calls[0]).toMatch(/^damage \d+: .* of \d+ bytes/)
    },
    30_000,
  )
})

test('a store without files has nothing to damage', async () => {
  const report = await check('inMemory')
  expect(report.laws.map(({ status }) => status)).toEqual(['notApplicable', 'notApplicable'])
})
