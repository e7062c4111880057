import { expect, test } from 'vitest'
import { Turns } from '../src/turns.js'

test('a turn comes when all before it are over, in whatever order they are', async () => {
  const turns = new Turns()
  const [first, second, third, other] = ['k', 'k', 'k', 'another'].map((key) => turns.take(key))
  const come: string[] = []
  const waited = third?.first().then(() => come.push('third'))
  await Promise.all([first?.first(), other?.first()])
  second?.end()
  second?.end()
  await Promise.resolve()
  expect([come, first?.isFirst, second?.isFirst, third?.isFirst]).toEqual([[], true, false, false])
  first?.end()
  await waited
  expect([come, third?.isFirst]).toEqual([['third'], true])
  third?.end()
  expect(turns.take('k').isFirst).toBe(true)
})

test('one that goes out as the one before it need not wait for it', () => {
  const turns = new Turns()
  const [first, second] = ['k', 'k'].map((key) => turns.take(key))
  expect([first?.follows('a'), first?.follows(undefined)]).toEqual([true, true])
  expect(second?.follows('a')).toBe(false)
  if (first !== undefined) first.sentAs = 'a'
  expect([second?.follows('a'), second?.follows('b'), second?.follows(undefined)]).toEqual([true, false, false])
  first?.end()
  expect(second?.follows('b')).toBe(true)
})
