import { redisServer } from '@cachette/conformance/servers'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Root, slotOf } from '../src/keys.js'

test('a slot is the one that servers reckon', async () => {
  await using server = await redisServer({ config: { 'cluster-enabled': 'yes' } })
  const given = ['', 'a', '{a}b', 'x{a}b', '{}a', '{a', 'a}b{c}d', '{{a}}', 'a{b}{c}', 'ä€𝄞', '{ä}x']
  const random = fc.sample(fc.string({ unit: fc.constantFrom('a', '{', '}', 'é', ':') }), { numRuns: 50, seed: 1 })
  for (const name of [...given, ...random]) {
    expect([name, slotOf(name)]).toEqual([name, await server.command('CLUSTER', 'KEYSLOT', name)])
  }
})

test('a name leads back to its key, and a pattern takes every character for itself', () => {
  const root = new Root('r')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (key) => {
      expect(root.keyOf(Buffer.from(root.nameOf(key)))).toBe(key)
    }),
  )
  expect(root.patternOf('a*?[]\\')).toBe('r\u241fa\\*\\?\\[\\]\\\\*')
  expect(new Root('r*').patternOf('')).toBe('r\\*\u241f*')
})
