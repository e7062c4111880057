import { crc32 } from 'node:zlib'
import { newCall, shell, versions } from '@cachette/core'
import { files } from '../src/index.js'

/** Run as a program: a value of so many megabytes goes in and out; says what it came to, and the most memory it took. */
const [, , path, megabytes] = process.argv

const PIECE = new Uint8Array(2 ** 20).map((_, index) => (index * 31) % 251)

if (path !== undefined && megabytes !== undefined) await main(path, Number(megabytes))

async function main(folder: string, count: number): Promise<void> {
  const store = shell(files({ path: folder }))
  const now = store.clock.now()
  const header = {
    createdAt: now,
    staleAt: Infinity,
    expiresAt: Infinity,
    keptUntil: Infinity,
    version: versions(store.clock).next(),
    kind: 'value',
    tags: [],
    marks: {},
    size: 0,
  } as const
  await store.streams?.write({ key: 'large', header }, pieces(count), newCall(now))
  const read = await store.streams?.read('large', newCall(store.clock.now()))
  let bytes = 0
  let sum = 0
  for await (const piece of read?.body ?? []) {
    bytes += piece.length
    sum = crc32(piece, sum)
  }
  let expected = 0
  for (let index = 0; index < count; index += 1) expected = crc32(PIECE, expected)
  await store.close()
  const maxRss = process.resourceUsage().maxRSS * 1024
  console.log(JSON.stringify({ bytes, size: read?.header.size, isSame: sum === expected, maxRss }))
}

function pieces(count: number): ReadableStream<Uint8Array> {
  let made = 0
  return new ReadableStream({
    pull(controller) {
      if (made === count) return controller.close()
      made += 1
      controller.enqueue(PIECE.slice())
    },
  })
}
