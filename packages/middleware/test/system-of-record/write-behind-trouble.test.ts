import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memory } from '@cachette/adapter-memory'
import { type Bytes, type Codec, createCache, json, manualClock, type Store } from '@cachette/core'
import { type RecordChange, type WriteBehindOptions, writeBehind } from '@cachette/middleware/write-behind'
import { afterEach, expect, test } from 'vitest'

const folders: string[] = []
const disks: string[] = []

afterEach(() => {
  for (const disk of disks.splice(0)) execFileSync('umount', [disk])
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'write-behind-'))
  folders.push(made)
  return made
}

/** A small disk, where this user may mount one. */
function smallDisk(kb: number): string | undefined {
  const path = folder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kb}k`, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  disks.push(path)
  return join(path, 'journal')
}

const turns = async (count = 50): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}

const refuse = (): never => {
  throw new Error('refused')
}

/** A cache in front of a system of record, over bytes: its journal holds what its encode list makes. */
function opened(codec: Codec<string>, options: Partial<WriteBehindOptions<string>>) {
  const clock = manualClock()
  const record = new Map<string, string>()
  const told: RecordChange<string>[] = []
  const state = { isDown: false, onWrite: (): void => undefined }
  const layer = writeBehind<string>({
    write: (changes) => {
      state.onWrite()
      if (state.isDown) refuse()
      for (const change of changes) {
        told.push(change)
        if (change.value === undefined) record.delete(change.key)
        else record.set(change.key, change.value)
      }
    },
    ...options,
    encode: [codec],
  })
  const store: Store<Bytes> = memory({ copies: true, clock })
  const cache = createCache<string>({ store, encode: [codec], use: [layer], clock })
  const failures: string[] = []
  cache.on('failure', ({ error }) => failures.push(error.code))
  return { cache, layer, record, told, state, failures, clock }
}

const plain: Codec<string> = json<string>()
const other: Codec<string> = {
  name: 'other',
  encode: (value) => new TextEncoder().encode(value),
  decode: (bytes) => new TextDecoder().decode(bytes),
}

test('however many write at once, no more wait than may', async () => {
  const { cache, layer, state, clock, record } = opened(plain, { maxPending: 3, batchSize: 1, delayMs: 1 })
  let most = 0
  state.onWrite = () => {
    most = Math.max(most, layer.pending)
  }
  const writes = Array.from({ length: 20 }, async (_, index) => cache.set(`key-${index}`, 'v', { deadlineMs: 60_000 }))
  for (let step = 0; step < 200; step += 1) {
    clock.advance(1)
    await turns()
    most = Math.max(most, layer.pending)
  }
  await Promise.all(writes)
  await layer.flush()
  expect(most).toBe(3)
  expect(record.size).toBe(20)
})

test('whoever gave up waiting for room takes none', async () => {
  const { cache, layer, state, clock, record } = opened(plain, { maxPending: 1, delayMs: 1, backoffMs: 1 })
  state.isDown = true
  await cache.set('a', '1')
  const late = expect(cache.set('b', '2', { deadlineMs: 10 })).rejects.toMatchObject({ code: 'TIMEOUT' })
  await turns()
  clock.advance(11)
  await late
  state.isDown = false
  await layer.flush()
  await cache.set('c', '3')
  await layer.flush()
  expect([...record.keys()]).toEqual(['a', 'c'])
})

test('loads do not wait for a system of record that is behind', async () => {
  const { cache, state } = opened(plain, { maxPending: 1, delayMs: 1 })
  state.isDown = true
  await cache.set('a', '1')
  expect(await cache.getOrSet('b', () => 'loaded')).toBe('loaded')
  await turns()
  expect(await cache.get('b')).toBe('loaded')
})

test('what the journal holds in another encoding is no removal, holds up nobody, and stays for whoever can read it', async () => {
  const path = folder()
  const first = opened(other, { path })
  first.state.isDown = true
  await first.cache.set('a', 'one')
  await first.cache.set('b', 'one')
  await first.cache.close()

  const second = opened(plain, { path })
  await second.cache.set('b', 'two')
  await second.cache.set('c', 'two')
  await second.layer.flush()
  expect([...second.record]).toEqual([
    ['b', 'two'],
    ['c', 'two'],
  ])
  expect(second.told.filter(({ value }) => value === undefined)).toEqual([])
  expect(second.failures).toContain('CORRUPT')
  await second.cache.close()

  const third = opened(other, { path })
  await third.layer.flush()
  expect([...third.record]).toEqual([['a', 'one']])
  await third.cache.close()
})

test('a cache by reference tells of no removal either, where its journal holds bytes of another', async () => {
  const path = folder()
  const first = opened(other, { path })
  first.state.isDown = true
  await first.cache.set('a', 'one')
  await first.cache.close()
  const told: unknown[] = []
  const layer = writeBehind<string>({ write: (changes) => void told.push(...changes), path })
  const cache = createCache<string>({ store: memory<string>(), use: [layer] })
  await cache.set('b', 'two')
  await layer.flush()
  expect(told).toMatchObject([{ key: 'b', value: 'two' }])
  await cache.close()
})

test('on a full disk writes fail, the cache does not hold them, and nothing old comes back later', async (context) => {
  const path = smallDisk(256)
  if (path === undefined) return context.skip('this user may not mount a disk')
  const first = opened(plain, { path, segmentBytes: 16_384, maxBackoffMs: 1 })
  first.state.isDown = true
  const big = 'x'.repeat(6_000)
  const acknowledged = new Map<string, string>()
  const refused: string[] = []
  for (let index = 0; index < 80; index += 1) {
    const key = `key-${index}`
    await first.cache.set(key, big + index).then(
      () => acknowledged.set(key, big + index),
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'FULL' })
        refused.push(key)
      },
    )
  }
  await turns()
  expect(refused.length).toBeGreaterThan(5)
  expect(await first.cache.getMany(refused)).toEqual(refused.map(() => undefined))
  // There is room again once the system of record has what waited.
  first.state.isDown = false
  await first.layer.flush()
  expect(new Map(first.record)).toEqual(acknowledged)
  for (let round = 0; round < 20; round += 1) {
    for (const key of refused.slice(0, 3)) await first.cache.set(key, `new-${round}`)
    await first.layer.flush()
  }
  await first.cache.close()
  const second = opened(plain, { path })
  await second.layer.flush()
  expect(second.told.filter(({ value }) => value !== 'new-19')).toEqual([])
  await second.cache.close()
})

test('a lock that a process left behind before it had said whose it is counts for nothing', async () => {
  const path = join(folder(), 'journal')
  mkdirSync(path)
  writeFileSync(join(path, 'lock'), '')
  writeFileSync(join(path, 'lock.over'), String(2 ** 22 + 1))
  const { cache } = opened(plain, { path })
  await cache.set('a', '1')
  await cache.close()
})
