import { expect, test } from 'vitest'
import { built } from '../../../../scripts/lib/built.js'
import { killWriters } from './kills.js'

const child = built(new URL('./kill-child.ts', import.meta.url))
const KILLS_PER_SECOND = 3

test('a writer that is killed hundreds of times loses nothing that it acknowledged', async () => {
  const kills = Number(process.env['CACHETTE_SOAK_SECONDS']) * KILLS_PER_SECOND
  const seed = Date.now() % 2 ** 31
  expect(await killWriters(await child, kills, seed), `seed ${seed}`).toEqual([])
})
