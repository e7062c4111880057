import { expect, test } from 'vitest'
import { built } from '../../../../scripts/lib/built.js'
import { killWriters } from './kills.js'

const child = built(new URL('./kill-child.ts', import.meta.url))

test('a writer that is killed again and again loses nothing that it acknowledged, and mixes up no key', async () => {
  expect(await killWriters(await child, 12, 1)).toEqual([])
}, 120_000)
