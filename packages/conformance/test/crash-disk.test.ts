import { describe, expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { checkDisk } from '../src/crash.js'
import { textOf } from '../src/report.js'
import type { Report } from '../src/results.js'

const subjects = built(new URL('./support/crash-subjects.ts', import.meta.url))

async function check(exportName: string): Promise<Report> {
  return checkDisk({ ...(await subjects), exportName, seed: 3 })
}

const right = check('crashSubject')

test('a log lives with a full disk and with one that may only be read', async () => {
  const report = await right
  expect(report.passed, textOf(report)).toBe(true)
  const f3 = report.laws.find(({ law }) => law === 'F3')
  if (f3?.status !== 'passed') expect(f3?.reason).toMatch(/^no small disk can be mounted here: /)
}, 30_000)

describe('what does not live with a full disk is found', () => {
  test.each([
    ['takesAllInFullDisk', 'P1', 'what was acknowledged is there when the disk is full, and after'],
    ['sticksWhenFull', 'F3', 'a store writes again once there is room, without a restart'],
    ['saysNotThatItIsFull', 'F1', 'a write that finds no room is refused with FULL'],
  ])(
    '%s',
    async (exportName, law, title) => {
      // The kit says itself where no small disk may be mounted.
      if ((await right).laws.find((one) => one.law === 'F3')?.status === 'notApplicable') return
      const report = await check(exportName)
      expect(report.laws.find((one) => one.law === law)?.failure, textOf(report)).toMatchObject({ title })
    },
    30_000,
  )
})

describe('what does not live with one that may only be read is found', () => {
  test.each([
    ['startsAnew', 'F1', 'a store that may not be written refuses with READ_ONLY'],
    ['saysNotThatItIsReadOnly', 'F1', 'a store that cannot do something says so with a typed error'],
  ])(
    '%s',
    async (exportName, law, title) => {
      const report = await check(exportName)
      expect(report.laws.find((one) => one.law === law)?.failure, textOf(report)).toMatchObject({ title })
    },
    30_000,
  )
})
