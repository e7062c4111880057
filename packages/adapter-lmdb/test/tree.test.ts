import { readFileSync, writeFileSync } from 'node:fs'
import { createCache } from '@cachette/core'
import fc from 'fast-check'
import { beforeAll, describe, expect, vi } from 'vitest'
import { lmdb } from '../src/index.js'
import { DATA_ELSEWHERE, HEAD, LEAF, NODE, numberAt, PAGE, TREE } from '../src/layout.js'
import { inspect } from '../src/pages.js'
import { dataIn, lockIn, temporary, test } from './support.js'

vi.setConfig({ testTimeout: 120_000 })

const look = (folder: string) => inspect(dataIn(folder), lockIn(folder), 'pages')

const cacheIn = (path: string, name: string) => {
  return createCache<string>({ deadlineMs: 60_000, store: lmdb({ path, name, durability: 'none' }) })
}

test('what the driver makes is sound at any time', async () => {
  const step = fc.record({
    store: fc.constantFrom('a', 'b'),
    key: fc.nat(400).map((number) => `${number}`.repeat(1 + (number % 40))),
    size: fc.oneof(fc.nat(300), fc.nat(30_000)),
    what: fc.constantFrom('set', 'set', 'set', 'delete'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 20, maxLength: 150 }), { maxLength: 6 }), async (turns) => {
      const folder = temporary()
      const caches = { a: cacheIn(folder, 'a'), b: cacheIn(folder, 'b') }
      for (const turn of turns) {
        await Promise.all(
          turn.map(async ({ store, key, size, what }) => {
            if (what === 'set') await caches[store].set(key, 'x'.repeat(size))
            else await caches[store].delete(key)
          }),
        )
        expect(look(folder)).toEqual({ state: 'sound' })
      }
      await caches.a.clear()
      expect(look(folder)).toEqual({ state: 'sound' })
      for (const cache of [caches.a, caches.b]) await cache.close()
      expect(look(folder)).toEqual({ state: 'sound' })
    }),
    { numRuns: 10 },
  )
})

test('small data over large are sound, of one transaction and of two', async () => {
  const folder = temporary()
  const cache = cacheIn(folder, 'a')
  const sizes = [20_000, 9_000, 4_000, 10, 30_000, 100]
  await cache.setMany(sizes.map((size) => ['a', 'x'.repeat(size)] as const))
  expect(look(folder)).toEqual({ state: 'sound' })
  for (const size of sizes) {
    await cache.set('b', 'x'.repeat(size))
    expect(look(folder)).toEqual({ state: 'sound' })
  }
  await cache.close()
})

describe('a damaged file', () => {
  const folder = temporary()
  let whole: Buffer
  let newest: number

  beforeAll(async () => {
    const cache = createCache<string>({ deadlineMs: 60_000, store: lmdb({ path: folder }) })
    for (const round of [1, 2, 3]) {
      await cache.setMany(
        Array.from({ length: 1_500 }, (_, index) => [`key ${index}`, `${round}`.repeat(100)] as const),
      )
      await cache.deleteMany(Array.from({ length: 300 }, (_, index) => `key ${5 * index}`))
    }
    await cache.set('large', 'x'.repeat(20_000))
    await cache.close()
    whole = readFileSync(dataIn(folder))
    const transactions = [0, 4096].map((head) => numberAt(whole, head + HEAD.transaction))
    newest = (transactions[1] ?? 0) > (transactions[0] ?? 0) ? 4096 : 0
  })

  /** What is found once some of its bytes are others. */
  function findingAfter(change: (bytes: Buffer) => void): ReturnType<typeof look> {
    const bytes = Buffer.from(whole)
    change(bytes)
    writeFileSync(dataIn(folder), bytes)
    return look(folder)
  }

  const pageAt = (bytes: Buffer, number: number): Buffer => bytes.subarray(4096 * number, 4096 * (number + 1))

  /** The page that a tree of a head begins with. */
  const rootOf = (bytes: Buffer, tree: number): Buffer => pageAt(bytes, numberAt(bytes, newest + tree + TREE.root))

  /** Where the first node of a page begins. */
  const firstNode = (page: Buffer): number => PAGE.end + page.readUInt16LE(PAGE.end)

  /** What the list of stores says of the store. */
  function storeIn(bytes: Buffer): Buffer {
    const page = rootOf(bytes, HEAD.main)
    const node = firstNode(page)
    return page.subarray(node + NODE.end + page.readUInt16LE(node + NODE.keySize))
  }

  const storeRoot = (bytes: Buffer): Buffer => pageAt(bytes, numberAt(storeIn(bytes), TREE.root))

  /** A leaf of the store: the first page below its root. */
  function leafIn(bytes: Buffer): Buffer {
    let page = storeRoot(bytes)
    while (page.readUInt16LE(PAGE.flags) !== LEAF) page = pageAt(bytes, page.readUIntLE(firstNode(page), 6))
    return page
  }

  test('is the whole one that it is made of', () => {
    expect(findingAfter(() => undefined)).toEqual({ state: 'sound' })
  })

  const damages: Readonly<Record<string, (bytes: Buffer) => void>> = {
    'a count of entries': (bytes) => storeIn(bytes).writeUInt32LE(7, TREE.entries),
    'a depth': (bytes) => storeIn(bytes).writeUInt16LE(60, TREE.depth),
    'a depth by one': (bytes) => storeIn(bytes).writeUInt16LE(storeIn(bytes).readUInt16LE(TREE.depth) - 1, TREE.depth),
    'a root': (bytes) => storeIn(bytes).writeUInt32LE(0x7fff_ffff, TREE.root),
    'a root to a head': (bytes) => storeIn(bytes).writeUInt32LE(1, TREE.root),
    'a number past six bytes': (bytes) => storeIn(bytes).writeUInt16LE(3, TREE.root + 6),
    "a page's number": (bytes) => storeRoot(bytes).writeUInt32LE(1, PAGE.number),
    "a page's transaction": (bytes) => storeRoot(bytes).writeUInt32LE(0x7fff_ffff, PAGE.transaction),
    "a page's kind": (bytes) => leafIn(bytes).writeUInt16LE(4, PAGE.flags),
    'the bounds of a page': (bytes) => leafIn(bytes).writeUInt16LE(0xffff, PAGE.upper),
    'a page that says it is empty': (bytes) => leafIn(bytes).writeUInt16LE(0, PAGE.lower),
    'where a node is': (bytes) => leafIn(bytes).writeUInt16LE(0xfff0, PAGE.end),
    "a node's size": (bytes) => leafIn(bytes).writeUInt32LE(0x7fff_ffff, firstNode(leafIn(bytes))),
    "a node's kind": (bytes) => leafIn(bytes).writeUInt16LE(6, firstNode(leafIn(bytes)) + NODE.flags),
    "a node's data, as if they were elsewhere": (bytes) => {
      leafIn(bytes).writeUInt16LE(DATA_ELSEWHERE, firstNode(leafIn(bytes)) + NODE.flags)
    },
    'the order of keys': (bytes) => leafIn(bytes).write('zzz', firstNode(leafIn(bytes)) + NODE.end),
    'two branches that are one': (bytes) => {
      const root = storeRoot(bytes)
      const second = PAGE.end + root.readUInt16LE(PAGE.end + 2)
      root.copyWithin(second, firstNode(root), firstNode(root) + 6)
    },
    'the kind of a store': (bytes) => {
      rootOf(bytes, HEAD.main).writeUInt16LE(0, firstNode(rootOf(bytes, HEAD.main)) + NODE.flags)
    },
    'the list of free pages': (bytes) => {
      const page = rootOf(bytes, HEAD.free)
      page.fill(0xff, firstNode(page), firstNode(page) + 4)
    },
    'a free page that is in use': (bytes) => {
      const page = rootOf(bytes, HEAD.free)
      const list = firstNode(page) + NODE.end + 8
      page.writeBigUInt64LE(BigInt(numberAt(storeIn(bytes), TREE.root)), list + 8)
    },
  }

  test.for(Object.entries(damages))('is found by %s', ([_name, damage]) => {
    expect(findingAfter(damage)).toMatchObject({ state: 'damaged' })
  })

  test('is damaged or sound, whatever bytes have changed', () => {
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (changes) => {
        const { state } = findingAfter((bytes) => {
          for (const { at, byte } of changes) bytes[at] = byte
        })
        expect(['sound', 'damaged', 'foreign']).toContain(state)
      }),
      { numRuns: 150 },
    )
  })
})
