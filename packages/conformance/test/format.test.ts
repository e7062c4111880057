import { manualClock } from '@cachette/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brief, code, pattern } from '../src/format.js'
import { callsOn } from '../src/makers.js'
import { TrialRecord } from '../src/record.js'
import { recorded } from '../src/recorded.js'
import { mapStore } from './support/map-store.js'

const evaluated = (text: string): unknown => {
  const run: unknown = new Function('pattern', `return ${text}`)
  return typeof run === 'function' ? Reflect.apply(run, undefined, [pattern]) : undefined
}

test('a string or bytes as code are the same again', () => {
  const long = fc.tuple(fc.string({ unit: 'binary' }), fc.nat(60)).map(([text, count]) => text + 'x'.repeat(count))
  fc.assert(fc.property(long, (text) => evaluated(code(text)) === text))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void expect(evaluated(code(bytes))).toEqual(bytes)),
  )
  for (const bytes of [pattern(1000, 250), new Uint8Array(99).fill(7), new Uint8Array()]) {
    expect(evaluated(code(bytes))).toEqual(bytes)
  }
})

test('code stays short where a value is long', () => {
  expect(code('x'.repeat(1536))).toBe("'x'.repeat(1536)")
  expect(code(`a'${'\u{1f600}'.repeat(30)}\n`)).toBe("'a\\'' + '\\ud83d\\ude00'.repeat(30) + '\\n'")
  expect(code(pattern(65_536, 3))).toBe('pattern(65536, 3)')
  expect(code(new Uint8Array(32))).toBe('new Uint8Array(32).fill(0)')
  expect(code(2_000_000_000_000)).toBe('2_000_000_000_000')
  expect(brief('ab'.repeat(500))).toHaveLength(201)
})

test('a record names the writes that are spoken of again, and awaits where the calls did', async () => {
  const clock = manualClock()
  const record = new TrialRecord(clock.now())
  const raw = mapStore()
  const store = recorded(raw, 'store', record)
  const calls = callsOn({ name: 'map', open: () => raw }, raw, clock)
  const first = calls.put('a', { expiresAt: calls.t + 5_000, kind: 'lease' })
  record.made(first, 'put', { expiresAt: calls.t + 5_000, kind: 'lease' })
  const second = calls.remove('b', { when: { version: first.version } })
  record.made(second, 'remove', {})
  await store.write([first], calls.call())
  await store.write([second, calls.put('c', { value: pattern(2) })], calls.call())
  await store.read(['a'], calls.call({ show: 'all', want: 'header', deadline: calls.t + 1 }))
  for await (const page of store.scan('', calls.call())) void page
  for await (const page of store.scan('', calls.call())) if (page.length > 0) break
  record.note('clock.advance(1)')
  await record.paused(() => store.clear('', calls.call()))
  await store.clear('n\u241f', calls.call())
  record.stop()
  await store.close()
  expect(record.lines()).toEqual([
    "const w1 = put('a', { expiresAt: t + 5000, kind: 'lease' })",
    'await store.write([w1], call()) // [true]',
    expect.stringMatching(
      /^await store\.write\(\[remove\('b', \{ when: \{ version: w1\.version \} \}\), put\('c', \{ value: Uint8Array\.of\(0, 1\)/,
    ),
    "await store.read(['a'], call({ want: 'header', show: 'all', deadline: t + 1 })) // [w1]",
    "await collect(store.scan('', call())) // ['a', 'c']",
    "await collect(store.scan('', call())) // ['a'], then left",
    'clock.advance(1)',
    "await store.clear('n\\u241f', call())",
  ])
})

test('calls that overlap are begun on one line and awaited on another, and failures are told', async () => {
  const clock = manualClock()
  const record = new TrialRecord(clock.now())
  const raw = mapStore()
  const slow = {
    ...raw,
    read: async () => [undefined],
    write: () => {
      throw new Error('no\nmore')
    },
  }
  const store = recorded(slow, 'store', record)
  const { call } = callsOn({ name: 'map', open: () => raw }, raw, clock)
  const both = [store.read(['a'], call()), store.read(['b'], call())]
  expect(record.pending).toEqual(["store.read(['a'], call())", "store.read(['b'], call())"])
  for (const answer of both) await answer
  expect(() => store.write([], call())).toThrow('no')
  expect(record.lines()).toEqual([
    "const call1 = store.read(['a'], call())",
    "const call2 = store.read(['b'], call())",
    'await call1 // [undefined]',
    'await call2 // [undefined]',
    'await store.write([], call()) // throws no',
  ])
})

test('time that is moved on by the same again and again takes one line', () => {
  const record = new TrialRecord(0)
  for (let i = 0; i < 40; i += 1) record.note('clock.advance(5)')
  record.note('clock.advance(6)')
  record.note('clock.advance(6)')
  expect(record.lines()).toEqual([
    'for (let i = 0; i < 40; i++) clock.advance(5)',
    'clock.advance(6)',
    'clock.advance(6)',
  ])
})
