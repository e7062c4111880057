import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createCache, type Header, manualClock, newCall, versions } from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import type { FilesStore } from '../src/adapter.js'
import { files } from '../src/index.js'
import { Layout, nameOf } from '../src/layout.js'
import { entryOf, stranger, temporary } from './support.js'

const clock = manualClock()
const made = versions(clock, 1)
const call = () => newCall(clock.now())
const program = built(new URL('./large-stream.ts', import.meta.url))

/** Longer than one piece of a body, and than what is read at first. */
const LONG = new Uint8Array(700_000).map((_, index) => index % 253)

function bodyOf(...pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
}

function header(): Header {
  const { value: _, ...facts } = entryOf('', made.next(), clock.now()).entry
  return facts
}

const bytesOf = async (body: ReadableStream<Uint8Array> | undefined): Promise<Uint8Array> =>
  new Uint8Array(await new Response(body ?? null).arrayBuffer())

const write = (store: FilesStore, key: string, body: ReadableStream<Uint8Array>): Promise<boolean> =>
  Promise.resolve(store.streams.write({ key, header: header() }, body, call()))

/** A matcher would take its time over so many numbers. */
function expectBytes(got: Uint8Array | undefined, wanted: Uint8Array): void {
  expect(got?.length).toBe(wanted.length)
  expect(Buffer.compare(got ?? wanted, wanted)).toBe(0)
}

/** All files that the store is about to write, or has put aside. */
function unfinished(path: string): string[] {
  const { claims, trash } = new Layout(path)
  return [...readdirSync(claims), ...readdirSync(trash)].filter((file) => !file.startsWith('.spare.'))
}

describe('a stream', () => {
  test('of any length is what was stored, its size counted', async () => {
    const store = stranger({ path: temporary(), clock })
    for (const value of [new Uint8Array(0), LONG.subarray(0, 10), LONG.subarray(0, 262_144), LONG]) {
      expect(await write(store, 'a', bodyOf(value.subarray(0, 5), value.subarray(5)))).toBe(true)
      const read = await store.streams.read('a', call())
      expect(read?.header).toMatchObject({ kind: 'value', size: value.length })
      expectBytes(await bytesOf(read?.body), value)
      const [found] = await store.read(['a'], call())
      expectBytes(found?.value, value)
    }
    await store.close()
  })

  test('goes on with the value that it began with, whatever is stored meanwhile', async () => {
    const store = stranger({ path: temporary(), clock })
    await write(store, 'a', bodyOf(LONG))
    const read = await store.streams.read('a', call())
    await store.write([{ key: 'a', ...entryOf('new', made.next(), clock.now()) }], call())
    const again = await store.streams.read('a', call())
    await store.clear('')
    expectBytes(await bytesOf(read?.body), LONG)
    expectBytes(await bytesOf(again?.body), new TextEncoder().encode('new'))
    expect(await store.streams.read('a', call())).toBeUndefined()
    await store.close()
  })

  test('is not there before all of it is, and a condition is judged then', async () => {
    const store = stranger({ path: temporary(), clock })
    let finish = (): void => undefined
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(LONG)
        finish = () => controller.close()
      },
    })
    const change = { key: 'a', header: header(), when: 'absent' } as const
    const writing = store.streams.write(change, body, call())
    expect(await store.streams.read('a', call())).toBeUndefined()
    await store.write([{ key: 'a', ...entryOf('first', made.next(), clock.now()) }], call())
    finish()
    expect(await writing).toBe(false)
    const [found] = await store.read(['a'], call())
    expect(found?.value).toEqual(new TextEncoder().encode('first'))
    await store.close()
  })

  test.each([
    ['fails', new Error('the source ended'), /the source ended/],
    ['is not of bytes', 'text', /INVALID_VALUE/],
  ])('whose body %s leaves what was there, and nothing else', async (_, trouble, message) => {
    const path = temporary()
    const store = stranger({ path, clock })
    await write(store, 'a', bodyOf(LONG))
    const body = new ReadableStream({
      pull(controller) {
        if (trouble instanceof Error) controller.error(trouble)
        else controller.enqueue(trouble)
      },
    })
    await expect(write(store, 'a', body)).rejects.toThrow(message)
    expect(unfinished(path)).toEqual([])
    expectBytes(await bytesOf((await store.streams.read('a', call()))?.body), LONG)
    await store.close()
  })

  test('that is aborted while its source says nothing leaves nothing', async () => {
    const path = temporary()
    const store = stranger({ path, clock })
    const controller = new AbortController()
    const silent = new ReadableStream<Uint8Array>()
    const call = newCall(clock.now(), { signal: controller.signal })
    const writing = store.streams.write({ key: 'a', header: header() }, silent, call)
    controller.abort()
    await expect(writing).rejects.toMatchObject({ code: 'ABORTED' })
    expect(unfinished(path)).toEqual([])
    await store.close()
  })

  test('with any byte damaged never ends well', async () => {
    const path = temporary()
    const store = stranger({ path, clock })
    await write(store, 'a', bodyOf(LONG))
    const file = new Layout(path).entry(nameOf('a'))
    const whole = readFileSync(file)
    for (const at of [whole.length - LONG.length, whole.length - 300_000, whole.length - 1]) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] ?? 0) ^ 4
      writeFileSync(file, damaged)
      const read = await store.streams.read('a', call())
      await expect(bytesOf(read?.body)).rejects.toMatchObject({ code: 'CORRUPT' })
    }
    // A file that is too short, or whose head is damaged, is no entry.
    writeFileSync(file, whole.subarray(0, -1))
    expect(await store.streams.read('a', call())).toBeUndefined()
    await store.close()
  })

  test('that is left lets its file go, and others have their turn', async () => {
    const store = stranger({ path: temporary(), clock, maxOpenFiles: 4 })
    await write(store, 'a', bodyOf(LONG))
    const first = await store.streams.read('a', call())
    const second = store.streams.read('a', call())
    await first?.body.cancel()
    expectBytes(await bytesOf((await second)?.body), LONG)
    const third = await store.streams.read('a', call())
    const tooLate = store.streams.read('a', newCall(clock.now(), { deadline: clock.now() }))
    const refused = expect(tooLate).rejects.toMatchObject({ code: 'TIMEOUT' })
    await bytesOf(third?.body)
    await refused
    expectBytes(await bytesOf((await store.streams.read('a', call()))?.body), LONG)
    await store.close()
  })

  test('can be copied within the store, however few may be open', async () => {
    const store = stranger({ path: temporary(), clock, maxOpenFiles: 4 })
    await write(store, 'a', bodyOf(LONG))
    const read = await store.streams.read('a', call())
    if (read !== undefined) await write(store, 'b', read.body)
    expectBytes(await bytesOf((await store.streams.read('b', call()))?.body), LONG)
    await store.close()
  })

  test('that is being read when the store is closed fails', async () => {
    const store = stranger({ path: temporary(), clock })
    await write(store, 'a', bodyOf(LONG))
    const read = await store.streams.read('a', call())
    await store.close()
    await expect(bytesOf(read?.body)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('goes through a cache', async () => {
    const cache = createCache({ store: files({ path: join(temporary(), 'made', 'anew') }) })
    await cache.setStream('a', bodyOf(LONG))
    expectBytes(await bytesOf(await cache.getStream('a')), LONG)
    await cache.close()
  })

  test('of 200 MB takes less than 150 MB of memory, in and out', async () => {
    const { module } = await program
    const args = ['--max-old-space-size=64', fileURLToPath(module), temporary(), '200']
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { bytes, size, isSame, maxRss } = JSON.parse(stdout) as Record<string, number | boolean>
    expect({ bytes, size, isSame }).toEqual({ bytes: 200 * 2 ** 20, size: 200 * 2 ** 20, isSame: true })
    expect(maxRss).toBeLessThan(150 * 2 ** 20)
  }, 60_000)
})
