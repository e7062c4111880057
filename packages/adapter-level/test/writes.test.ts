import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { type Bytes, type Change, manualClock } from '@cachette/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LevelOptions, level } from '../src/index.js'
import { COUNT, filesOf, filled, keyOf } from './filled.js'
import { rawly } from './rawly.js'
import { codeOf, freshPath } from './support.js'
import { using } from './using.js'

async function opened({ path = freshPath(), ...options }: Partial<LevelOptions> = {}) {
  const clock = manualClock()
  const store = level({ path, clock, ...options })
  const used = using(store, clock)
  await used.get('any')
  return { path, clock, store, ...used }
}

/** How many operations each batch of the driver was given from now on. */
function batchesOf(path: string): Promise<readonly number[]> {
  return rawly(path, async (driver) => {
    const sizes: number[] = []
    const batch = driver.batch.bind(driver)
    Object.defineProperty(driver, 'batch', {
      value: (operations: Parameters<typeof driver.batch<string, Bytes>>[0], options: object) => {
        sizes.push(operations.length)
        return batch<string, Bytes>(operations, options)
      },
    })
    return sizes
  })
}

test('writes of one turn share a batch, and those that come meanwhile the next', async () => {
  const { path, store, set } = await opened()
  const sizes = await batchesOf(path)
  const first = Array.from({ length: 256 }, (_, index) => set(`key ${index}`, 'x'))
  await Promise.resolve()
  await Promise.resolve()
  const second = Array.from({ length: 3 }, (_, index) => set(`late ${index}`, 'x'))
  await Promise.all([...first, ...second])
  expect(sizes).toEqual([256, 3])
  await store.close()
})

test('a batch of the driver has a size that it is copied at', async () => {
  const { path, store, set, keys } = await opened()
  const sizes = await batchesOf(path)
  const large = 'x'.repeat(1_500_000)
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => set(key, large)))
  expect(sizes).toEqual([2, 2, 1])
  expect(await keys()).toEqual(['a', 'b', 'c', 'd', 'e'])
  await store.close()
})

const KEYS = ['a', 'b'] as const

/** What a store holds after changes, one by one, and what it answers: by text, with no time passing. */
function applied(held: Map<string, string>, { key, when, text }: Step): boolean {
  const there = held.has(key)
  if ((when === 'absent' && there) || (when === 'present' && !there)) return false
  if (text === undefined) return held.delete(key)
  held.set(key, text)
  return true
}

interface Step {
  readonly key: string
  readonly when?: 'absent' | 'present' | undefined
  readonly text?: string | undefined
}

const step: fc.Arbitrary<Step> = fc.record({
  key: fc.constantFrom(...KEYS),
  when: fc.constantFrom(undefined, 'absent', 'present'),
  text: fc.option(fc.constantFrom('x', 'y', 'z'), { nil: undefined }),
})

test('changes made at once are judged in the order of their calls, from whichever store', async () => {
  const { path, clock, store, write, clear, put, removal, get } = await opened()
  const other = level({ path, clock, reads: 'async' })
  const late = using(other, clock)
  await late.get('any')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), async (batches) => {
      await clear('')
      const held = new Map<string, string>()
      const expected = batches.map((steps) => steps.map((one) => applied(held, one)))
      const change = ({ key, when, text }: Step): Change =>
        text === undefined ? removal(key, when) : put(key, text, Infinity, when)
      const answers = await Promise.all(
        batches.map((steps, index) => (index % 2 === 0 ? write : late.write)(steps.map(change))),
      )
      expect(answers).toEqual(expected)
      for (const key of KEYS) expect(await get(key)).toBe(held.get(key))
    }),
    { numRuns: 60 },
  )
  await other.close()
  await store.close()
})

test('many removals at once are judged by what is there', async () => {
  const { store, call, removal, set } = await opened()
  await Promise.all(Array.from({ length: 40 }, (_, index) => set(`key ${index}`, 'x')))
  const answers = await store.write(
    Array.from({ length: 80 }, (_, index) => removal(`key ${index}`)),
    call(),
  )
  expect(answers.filter(Boolean)).toHaveLength(40)
  await store.close()
})

test('a clear takes its place between writes', async () => {
  const { store, clear, keys, set } = await opened()
  const done = [set('a/1', 'x'), set('b', 'x'), clear('a/'), set('a/2', 'x')]
  await Promise.all(done)
  expect(await keys()).toEqual(['a/2', 'b'])
  await clear('\udc00')
  expect(await keys()).toEqual(['a/2', 'b'])
  expect(await keys('\udc00')).toEqual([])
  await store.close()
})

test('who writes is refused what cannot be judged, and nobody else', async () => {
  const path = await filled()
  // Before it is opened: what is mapped into memory must not become shorter.
  for (const file of filesOf(path, /\.ldb$/).slice(0, 2)) truncateSync(join(path, file), 5_000)
  const { store, call, put, get } = await opened({ path, verify: 'never' })
  const codes = new Map<string, string>()
  for (let index = 0; index < COUNT; index += 1) codes.set(await codeOf(() => get(keyOf(index))), keyOf(index))
  expect([...codes.keys()].sort()).toEqual(['CORRUPT', 'done'])
  const write = (key: string | undefined) =>
    codeOf(() => store.write([put(key ?? '', 'y', Infinity, 'present')], call()))
  expect(await Promise.all([write(codes.get('CORRUPT')), write(codes.get('done'))])).toEqual(['CORRUPT', 'done'])
  expect(await get(codes.get('done') ?? '')).toBe('y')
  await store.close()
})

test('reads of several keys see a batch whole while it is written', async () => {
  const { store, put, call } = await opened()
  await store.write([put('a', '0'), put('b', '0')], call())
  for (let round = 1; round <= 50; round += 1) {
    const writing = store.write([put('a', String(round)), put('b', String(round))], call())
    const [a, b] = await store.read(['a', 'b'], call())
    expect(a?.value).toEqual(b?.value)
    await writing
  }
  await store.close()
})
