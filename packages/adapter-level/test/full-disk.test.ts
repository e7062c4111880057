import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manualClock } from '@cachette/core'
import { afterAll, expect, test } from 'vitest'
import { level } from '../src/index.js'
import { codeOf, freshPath } from './support.js'
import { using } from './using.js'

const DISK_KB = 4096

/** A disk of its own, small enough to be filled: only the superuser can make one. */
const disk = freshPath()
mkdirSync(disk)
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_KB}k`, 'tmpfs', disk]).status === 0

afterAll(() => {
  if (mounted) spawnSync('umount', [disk])
})

test.skipIf(!mounted)(
  'a full disk refuses writes and no reads, and takes writes again when there is room',
  async () => {
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(2_500_000, 1))
    const path = join(disk, 'db')
    const clock = manualClock()
    const store = level({ path, clock })
    const { set, get, keys } = using(store, clock)
    const text = 'x'.repeat(50_000)
    const kept: string[] = []
    let code = 'done'
    while (code === 'done') {
      const key = `key ${kept.length}`
      code = await codeOf(() => set(key, text))
      if (code === 'done') kept.push(key)
    }
    expect(code).toBe('FULL')
    expect(kept.length).toBeGreaterThan(5)
    for (const key of [...kept, 'small']) expect(await codeOf(() => set(key, 'y'))).toBe('FULL')
    for (const key of kept) expect(await get(key)).toBe(text)

    rmSync(ballast)
    await Promise.all([set('after', 'x'), ...kept.map((key) => get(key)), keys()])
    for (const key of kept) expect(await get(key)).toBe(text)
    await store.close()
    expect(readFileSync(join(path, 'CURRENT'), 'utf8')).toMatch(/^MANIFEST-/)

    const again = level({ path, clock })
    expect([...(await using(again, clock).keys())].sort()).toEqual([...kept, 'after'].sort())
    await again.close()
  },
)
