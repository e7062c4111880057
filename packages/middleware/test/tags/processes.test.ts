import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lmdb } from '@cachette/adapter-lmdb'
import { createCache } from '@cachette/core'
import { tags } from '@cachette/middleware/tags'
import { expect, test } from 'vitest'
import { built } from '../../../../scripts/lib/built.js'
import { Points, paused } from './paused.js'

const other = await built(new URL('./invalidator.ts', import.meta.url))

async function told(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as readonly unknown[]
  return message
}

const ways = {
  'known before': { options: { tags: ['a'] }, late: undefined },
  'known after': { options: {}, late: ['a'] },
} as const

for (const [way, { options, late }] of Object.entries(ways)) {
  test(`A tag ${way}, invalidated by another process at every point of a load, lets nothing late land`, async () => {
    const path = await mkdtemp(join(tmpdir(), 'cachette-tags-'))
    const child = fork(fileURLToPath(other.module), [path])
    const store = lmdb({ path })
    try {
      expect(await told(child)).toBe('ready')
      let reached = true
      for (let at = 1; reached; at += 1) {
        const source = { value: 'before' }
        const points = new Points(at, async () => {
          source.value = 'after'
          child.send('invalidate')
          expect(await told(child)).toBe('done')
        })
        const key = `key ${at}`
        let isLoading = true
        const pass = async (): Promise<void> => (isLoading ? points.pass() : undefined)
        const cache = createCache<string>({ store: paused(store, { pass }, {}), use: [tags()], deadlineMs: 60_000 })
        const landed = new Promise((resolve) => cache.on('load', resolve))
        await cache.getOrSet(
          key,
          async ({ keep }) => {
            const { value } = source
            await points.pass()
            if (late !== undefined) keep({ tags: late })
            return value
          },
          options,
        )
        await landed
        reached = points.passed >= at
        isLoading = false
        const seen = await cache.get(key)
        if (reached) {
          expect([undefined, 'after']).toContain(seen)
          expect(await cache.add(key, 'added')).toBe(seen === undefined)
        } else expect(seen).toBe('before')
        await cache.close()
      }
    } finally {
      child.disconnect()
      await once(child, 'exit')
      await store.close()
      await rm(path, { recursive: true, force: true })
    }
  })
}
