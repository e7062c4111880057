import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { files } from '@cachette/adapter-file'
import { level } from '@cachette/adapter-level'
import { lmdb } from '@cachette/adapter-lmdb'
import { memory } from '@cachette/adapter-memory'
import { msgpack } from '@cachette/codecs/msgpack'
import { type Bytes, createCache, type Store } from '@cachette/core'
import { afterAll, describe, expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { type Checkpoint, exportTo, importFrom, migrate } from '../src/index.js'

const child = await built(new URL('./child.ts', import.meta.url))

const PATIENCE_MS = 60_000

const folders: string[] = []

/** A folder that is gone when all is over. */
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cachette-transfer-'))
  folders.push(folder)
  return folder
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

const STORES: Readonly<Record<string, (path: string) => Store<Bytes>>> = {
  lmdb: (path) => lmdb({ path }),
  level: (path) => level({ path }),
  files: (path) => files({ path }),
  memory: () => memory({ copies: true }),
}

/** From each into the next. */
const WAYS = Object.entries(STORES).map(([from, open], index, all) => {
  const [to, openTarget] = all[(index + 1) % all.length] ?? [from, open]
  return { from, open, to, openTarget }
})

const HOUR_MS = 3_600_000

const pairs = Array.from({ length: 1_000 }, (_, index) => {
  return [`user:${index}/\u{1f600}`, { index, at: new Date(index), tags: new Set(['a']) }] as const
})

const cacheOn = (store: Store<Bytes>) =>
  createCache<(typeof pairs)[number][1]>({ store, encode: [msgpack()], deadlineMs: PATIENCE_MS })

describe('between adapters', () => {
  test.each(WAYS)(
    'from $from into $to, and by way of a file',
    async ({ open, openTarget }) => {
      const folder = await newFolder()
      const from = open(join(folder, 'from'))
      const source = cacheOn(from)
      await source.setMany(pairs, { ttlMs: HOUR_MS, tags: ['users'] })
      const [direct, imported] = [openTarget(join(folder, 'direct')), openTarget(join(folder, 'imported'))]
      expect(await migrate(from, direct)).toMatchObject({ verified: true, counts: { copied: pairs.length } })
      const file = join(folder, 'export.ndjson')
      await exportTo(from, Writable.toWeb(createWriteStream(file)))
      expect(await importFrom(createReadStream(file), imported)).toMatchObject({ verified: true, complete: true })
      for (const store of [direct, imported]) {
        const cache = cacheOn(store)
        expect(await cache.getMany(pairs.map(([key]) => key))).toEqual(pairs.map(([, value]) => value))
        expect(await cache.lookup('user:7/\u{1f600}')).toMatchObject({ outcome: 'hit', tags: ['users'] })
        await cache.close()
      }
      await source.close()
    },
    PATIENCE_MS,
  )
})

describe.each(['into files', 'into lmdb'] as const)('killed in the middle of a write %s', (direction) => {
  test.each([1, 3])(
    'after %i writes, it goes on where it was',
    async (writes) => {
      const folder = await newFolder()
      const [from, to] = [join(folder, 'from'), join(folder, 'to')]
      const opened = (): readonly [Store<Bytes>, Store<Bytes>] =>
        direction === 'into files'
          ? [lmdb({ path: from }), files({ path: to })]
          : [files({ path: from }), lmdb({ path: to })]
      const filled = cacheOn(opened()[0])
      await filled.setMany(pairs, { ttlMs: HOUR_MS })
      await filled.close()

      const run = spawnSync(process.execPath, [fileURLToPath(child.module), from, to, String(writes), direction])
      expect(run.signal, run.stderr.toString()).toBe('SIGKILL')
      const told = run.stdout.toString().trim().split('\n').at(-1)
      const checkpoint = told === undefined || told === '' ? undefined : (JSON.parse(told) as Checkpoint)
      expect(writes === 1).toBe(checkpoint === undefined)

      const [source, target] = opened()
      const report = await migrate(source, target, { checkpoint })
      expect(report).toMatchObject({ verified: true, differing: 0, counts: { seen: pairs.length } })
      expect(report.counts.copied + report.counts.same).toBe(pairs.length)
      await Promise.all([source.close(), target.close()])
    },
    PATIENCE_MS,
  )
})
