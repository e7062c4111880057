import { describe, expect, it } from 'vitest'
import { around } from '../src/around.js'
import { createCache } from '../src/cache/create.js'
import { compose } from '../src/compose.js'
import { hide } from '../src/hide.js'
import { json } from '../src/json.js'
import type { AnyLayer, LayerFacts } from '../src/layer.js'
import { keys } from '../src/rename.js'
import { checkOrder } from '../src/stack-checks.js'
import { type ValueLayer, values } from '../src/values.js'
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
    ['retry', /got a string/],
    [{ name: 'x' }, /expected a layer \{ name, wrap \}, got an object/],
    [{ wrap: () => ({}) }, /got an object/],
  ])('is told from what is none: %#', (given, message) => {
    expectCode(() => compose(shelled().base, [given as AnyLayer]), 'INVALID_OPTION', message)
  })

  it.each([
    [{ state: 'mine' }, /the layer odd: expected state to be 'own' or 'shared', got a string/],
    [{ changes: 'F1' }, /the layer odd: expected changes to be an array, got a string/],
    [{ place: { inside: 'stats' } }, /the layer odd: expected inside to be an array, got a string/],
    [{ place: { insides: ['stats'] } }, /the layer odd: expected place to have inside and outside, got insides/],
    [{ needs: { share: [true] } }, /the layer odd: expected needs to list values of traits, got share: an array/],
    [{ needs: { shared: true } }, /the layer odd: expected needs to list values of traits, got shared: true/],
  ])('that says something else of itself is refused: %#', (facts, message) => {
    const odd = layer('odd', facts as Partial<LayerFacts>)
    expectCode(() => compose(shelled().base, [odd]), 'INVALID_OPTION', message)
  })

  it('may change traits to what they can be', () => {
    const odd: AnyLayer = { name: 'odd', wrap: (next) => ({ traits: { ...next.traits, sync: 'no' as 'none' } }) }
    const message = "the layer odd: expected the trait sync to be 'none' or 'reads' or 'all', got a string"
    expectCode(() => compose(shelled().base, [odd]), 'INVALID_OPTION', message)
  })

  it.each([
    [() => around({ name: 'x' } as never), /around: expected around to be a function, got undefined/],
    [() => around({ around: () => 1 } as never), /around: expected name to be a non-empty string, got undefined/],
    [() => around({ name: 'x', arround: () => 1 } as never), /around has no option "arround": did you mean "around"\?/],
    [() => values({ name: 'x', encode: () => undefined } as never), /values: expected decode to be a function/],
    [() => keys({ name: 'x' } as never), /keys: expected map to be a function, got undefined/],
    [() => hide({ name: 'x', hidden: true } as never), /hide: expected hidden to be a function, got true/],
  ])('is made of what its helper needs: %#', (make, message) => {
    expectCode(make, 'INVALID_OPTION', message)
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

  it('has what binds lifetimes inside what changes them, and not in encode', () => {
    const ttl = layer('ttl', { retimes: true })
    const seal = values({ name: 'seal', bindsHeader: true, encode: () => undefined, decode: (bytes) => bytes })
    const plain = values({ name: 'plain', encode: () => undefined, decode: (bytes) => bytes })
    expect(() => checkOrder([stats, ttl, seal], 'use')).not.toThrow()
    expect(() => checkOrder([plain, ttl], 'use')).not.toThrow()
    expectCode(
      () => checkOrder([seal, ttl], 'use'),
      'INVALID_OPTION',
      'the layer seal must stand after ttl; write use: [ttl(), seal()]',
    )
    const store = shelled<Uint8Array>({ values: 'bytes' }).base
    const make = (encode: readonly ValueLayer[], use: readonly AnyLayer[]) =>
      createCache({ store, encode: [json(), ...encode], use })
    expectCode(
      () => make([plain, seal], [stats, ttl]),
      'INVALID_OPTION',
      'the layer seal binds lifetimes, which change after encode; write use: [stats(), ttl(), seal()]',
    )
    expect(() => make([plain, seal], [stats])).not.toThrow()
    expect(() => make([plain], [ttl])).not.toThrow()
  })

  it('has not both what joins calls and what renames keys', () => {
    const hashed = layer('hashed', { renames: true })
    const joined = layer('joined', { joins: true })
    for (const stack of [
      [stats, hashed, joined],
      [joined, hashed],
    ]) {
      expectCode(
        () => checkOrder(stack, 'use'),
        'INVALID_OPTION',
        /joined joins calls .* which hashed renames: leave one out/,
      )
    }
    expect(() => checkOrder([stats, joined], 'use')).not.toThrow()
  })

  it('that no order can satisfy is refused all the same', () => {
    const [a, b] = [layer('a', { place: { inside: ['b'] } }), layer('b', { place: { inside: ['a'] } })]
    expectCode(() => checkOrder([a, b], 'use'), 'INVALID_OPTION', /the layer a must stand after b/)
  })
})
