import { expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { runFleet } from './fleet.js'

const child = built(new URL('./fleet-child.ts', import.meta.url))

test('processes that are killed and cut off from their bus read nothing older than copies are trusted', async () => {
  const report = await runFleet(await child, 2, 3_000)
  expect(report.wrong).toEqual([])
  expect(report.changes).toBeGreaterThan(20)
  expect(Math.min(report.kills, report.cuts)).toBeGreaterThan(0)
}, 60_000)
