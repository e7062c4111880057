import { describe, expect, it } from 'vitest'
import { compose } from '../src/compose.js'
import type { AnyLayer, LayerFacts } from '../src/layer.js'
import { checkOrder } from '../src/stack-checks.js'
import { expectCode, thrownBy } from './support/failures.js'
import { shelled } from './support/shells.js'

const layer = (name: string, facts: Partial<LayerFacts> = {}): AnyLayer => ({ name, wrap: () => ({}), ...facts })

describe('a layer', () => {
  function retry(): AnyLayer {
    return layer('retry')
  }

  it.each([
    [retry, /got a function: did you mean retry\(\)\?/],
    [() => undefined, /did you mean it\(\)\?/],
    [undefined, /got undefined/],
    [null, /got null/],
    ['retry', /got string/],
    [{ name: 'x' }, /expected a layer \{ name, wrap \}, got object/],
    [{ wrap: () => ({}) }, /got object/],
  ])('is told from what is none: %#', (given, message) => {
    expectCode(() => compose(shelled().base, [given as AnyLayer]), 'INVALID_OPTION', message)
  })

  it('says what it needs of the store below it', () => {
    const { base } = shelled({ conditional: 'none' })
    const needy = layer('tags', { needs: { conditional: ['process', 'shared'] } })
    expectCode(
      () => compose(base, [needy]),
      'INVALID_OPTION',
      "the layer tags needs conditional 'process' or 'shared' of the store below it, but test has 'none'",
    )
    expect(() => compose(shelled().base, [needy])).not.toThrow()
  })

  it('is judged by what the layers below it make of the store', () => {
    const { base } = shelled({ scan: 'ordered' })
    const needy = layer('sorted', { needs: { scan: ['ordered'] } })
    const unordered: AnyLayer = { name: 'hashed', wrap: (next) => ({ traits: { ...next.traits, scan: 'unordered' } }) }
    expect(() => compose(base, [unordered, needy])).not.toThrow()
    expectCode(() => compose(base, [needy, unordered]), 'INVALID_OPTION', "test has 'unordered'")
  })
})

describe('an order', () => {
  const stats = layer('stats')
  const retry = layer('retry', { place: { inside: ['stats'] } })
  const breaker = layer('breaker', { place: { inside: ['retry'], outside: ['cipher'] } })
  const cipher = layer('cipher')

  it.each([[[stats, retry, breaker, cipher]], [[retry]], [[cipher, stats]], [[stats, breaker]], [[]]])(
    'that works is left alone: %#',
    (layers) => {
      expect(() => checkOrder(layers, 'use')).not.toThrow()
    },
  )

  it('that does not is refused with one that does', () => {
    expect(thrownBy(() => checkOrder([retry, stats], 'use')).message).toBe(
      'INVALID_OPTION: the layer retry must stand after stats; write use: [stats(), retry()]',
    )
    expect(thrownBy(() => checkOrder([cipher, breaker, retry, stats], 'use')).message).toBe(
      'INVALID_OPTION: the layer cipher must stand after breaker; write use: [stats(), retry(), breaker(), cipher()]',
    )
    expect(thrownBy(() => checkOrder([cipher, breaker], 'use')).message).toContain('cipher must stand after breaker')
  })

  it('that no order can satisfy is refused all the same', () => {
    const [a, b] = [layer('a', { place: { inside: ['b'] } }), layer('b', { place: { inside: ['a'] } })]
    expectCode(() => checkOrder([a, b], 'use'), 'INVALID_OPTION', /the layer a must stand after b/)
  })
})
