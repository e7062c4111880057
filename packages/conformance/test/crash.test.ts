import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { type CrashOptions, checkCrash } from '../src/crash.js'
import { textOf } from '../src/report.js'
import type { Report } from '../src/results.js'

const subjects = built(new URL('./support/crash-subjects.ts', import.meta.url))

async function check(exportName: string, options: Partial<CrashOptions> = {}): Promise<Report> {
  return checkCrash({ ...(await subjects), exportName, seed: 7, kills: 12, ...options })
}

test('a log survives kills', async () => {
  const steps: string[] = []
  const report = await check('crashSubject', {
    onProgress: ({ done, of, what }) => steps.push(`${done}/${of} ${what}`),
  })
  expect(report.passed, textOf(report)).toBe(true)
  expect(report).toMatchObject({ subject: 'log', seed: 7, runs: 12 })
  expect(report.laws.map(({ law, status }) => `${law} ${status}`)).toEqual(['B4 passed', 'S1 passed', 'L3 passed'])
  expect(steps[0]).toMatch(/^1\/12 kill 1 after \d+ writes, \d+ acknowledged in all$/)
}, 60_000)

describe('what does not survive is found', () => {
  test.each([
    ['acknowledgesEarly', 'L3', 'what was acknowledged is there after a kill'],
    ['tearsValues', 'L3', 'every value is whole after a kill'],
    ['halvesBatches', 'B4', 'a batch is there whole after a kill, or not at all'],
    ['forgetsRemovals', 'L3', 'what was acknowledged is there after a kill'],
    ['staysLocked', 'L3', 'a store opens again after a kill, and goes on'],
    ['waitsForALock', 'L3', 'a store opens again after a kill, and goes on'],
    ['leavesFiles', 'L3', 'what a kill left behind is swept'],
    ['scansTheNew', 'S1', 'a scan after a kill gives what reads give'],
  ])(
    '%s',
    async (exportName, law, title) => {
      const report = await check(exportName, { kills: 60, patienceMs: 2_000 })
      const failures = report.laws.flatMap(({ failure }) => failure ?? [])
      expect(failures).toMatchObject([{ law, title, replay: 'crash --only kills --kills 60 --seed 7' }])
    },
    60_000,
  )
})

describe('what cannot be checked is refused', () => {
  test.each<[object, string]>([
    [{ exportName: 'noSubject' }, 'expected the export noSubject to be an object with a name and open'],
    [{ module: new URL('file:///nowhere/at-all.mjs') }, 'Cannot find module'],
    [{ kills: 0 }, 'expected kills to be a positive whole number, got 0'],
    [{ kilsl: 1 }, 'did you mean "kills"?'],
    [{ module: '' }, 'expected module to be the URL or the path of a module'],
  ])('%j', async (options, message) => {
    await expect(check('crashSubject', options)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(message),
    })
  })
})

test('entries that live in the process have nothing to survive', async () => {
  const report = await check('inMemory')
  expect(report.laws.map(({ status }) => status)).toEqual(['notApplicable', 'notApplicable', 'notApplicable'])
})

test('a law that is said to be broken does not fail the run, until it holds', async () => {
  const broken = await check('deviates', { kills: 60 })
  expect(broken.passed, textOf(broken)).toBe(true)
  expect(broken.laws.find(({ law }) => law === 'B4')).toMatchObject({ status: 'deviates', reason: 'by design (here)' })
  const kept = await check('saysThatItDeviates', { kills: 2 })
  expect(kept.passed).toBe(false)
  expect(kept.laws.find(({ law }) => law === 'B4')).toMatchObject({ status: 'outdated' })
}, 60_000)

test('the program does the same, and ends with 1 where a law is broken', async () => {
  const { module, program } = await subjects
  const run = (...args: string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [fileURLToPath(program), 'crash', fileURLToPath(module), ...args], { encoding: 'utf8' })
  const right = run('--only', 'kills', '--kills', '3', '--seed', '7')
  expect(right).toMatchObject({ status: 0, stdout: expect.stringContaining('3 passed') })
  expect(right.stderr).toMatch(/^1\/3 kill 1 after/m)
  const locked = run('--export', 'staysLocked', '--only', 'kills', '--kills', '9', '--seed', '7')
  expect(locked).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('replay    crash --only kills --kills 9 --seed 7'),
  })
  expect(run('--export', 'noSubject')).toMatchObject({ status: 2, stderr: expect.stringContaining('noSubject') })
  expect(run('--only', 'kill')).toMatchObject({ status: 2, stderr: expect.stringContaining('got kill') })
  expect(run('--help').stdout).toContain('--kills N')
}, 60_000)
