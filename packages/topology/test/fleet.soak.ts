import { expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { runFleet } from './fleet.js'

const child = built(new URL('./fleet-child.ts', import.meta.url))

test('eight processes that are killed and cut off from their bus read nothing older than copies are trusted', async () => {
  const { wrong, ...counts } = await runFleet(await child, 8, Number(process.env['CACHETTE_SOAK_SECONDS']) * 1_000)
  console.log(counts)
  expect(wrong).toEqual([])
})
