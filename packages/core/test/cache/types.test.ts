import { describe, expect, expectTypeOf, it } from 'vitest'
import { createCache } from '../../src/cache/create.js'
import type { Cache } from '../../src/cache/types.js'
import type { Codec } from '../../src/codec.js'
import type { Bytes, Store } from '../../src/contract.js'
import type * as core from '../../src/index.js'
import { json } from '../../src/json.js'
import type { AnyLayer, Layer } from '../../src/layer.js'
import { type ValueLayer, values } from '../../src/values.js'

interface User {
  readonly name: string
}

/** Types alone are looked at: none of this is run. */
function typesOnly(_: () => unknown): void {
  expect(_).toBeTypeOf('function')
}

declare const byReference: Store<User>
declare const ofBytes: Store<Bytes>
declare const codec: Codec<User>
declare const dates: Codec<Date>
declare const anywhere: AnyLayer
declare const overUsers: Layer<User>
const byteLayer: ValueLayer = values({ name: 'plain', encode: () => undefined, decode: (value) => value })

describe('createCache', () => {
  it('knows what it holds by its store, its codec, or what is written', () => {
    typesOnly(() => {
      expectTypeOf(createCache({ store: byReference })).toEqualTypeOf<Cache<User>>()
      expectTypeOf(createCache({ store: ofBytes, encode: [codec] })).toEqualTypeOf<Cache<User>>()
      expectTypeOf(createCache({ store: ofBytes, encode: [dates, byteLayer] })).toEqualTypeOf<Cache<Date>>()
      expectTypeOf(createCache({ store: ofBytes })).toEqualTypeOf<Cache<unknown>>()
      expectTypeOf(createCache<User>({ store: ofBytes })).toEqualTypeOf<Cache<User>>()
      expectTypeOf(createCache<User>({ store: ofBytes, encode: [json(), byteLayer] })).toEqualTypeOf<Cache<User>>()
      expectTypeOf(createCache({ store: byReference, use: [anywhere, overUsers] })).toEqualTypeOf<Cache<User>>()
    })
  })

  it('takes no stack that is wrong', () => {
    typesOnly(() => {
      // @ts-expect-error a codec is needed first
      createCache<User>({ store: ofBytes, encode: [byteLayer] })
      // @ts-expect-error a list without a codec
      createCache<User>({ store: ofBytes, encode: [] })
      // @ts-expect-error byte layers stand behind the codec
      createCache<User>({ store: ofBytes, encode: [byteLayer, codec] })
      // @ts-expect-error other layers stand in use
      createCache<User>({ store: ofBytes, encode: [codec, anywhere] })
      // @ts-expect-error a codec of something else
      createCache<User>({ store: ofBytes, encode: [dates] })
      // @ts-expect-error a byte layer over values
      createCache<User>({ store: byReference, use: [byteLayer] })
      // @ts-expect-error a layer of values over bytes
      createCache<User>({ store: ofBytes, use: [overUsers] })
      // @ts-expect-error a store of something else
      createCache<Date>({ store: byReference })
      // @ts-expect-error bytes are not weighed
      createCache<User>({ store: ofBytes, weigh: () => 1 })
      // @ts-expect-error a misspelt option
      createCache<User>({ store: ofBytes, ttlms: 5 })
      // @ts-expect-error a lifetime in words
      createCache<User>({ store: ofBytes, ttlMs: '5m' })
    })
  })
})

describe('the verbs', () => {
  it('give and take just what the cache holds', () => {
    typesOnly((users = {} as Cache<User>) => {
      expectTypeOf(users.get('k')).resolves.toEqualTypeOf<User | undefined>()
      expectTypeOf(users.getMany(['k'])).resolves.toEqualTypeOf<readonly (User | undefined)[]>()
      expectTypeOf(users.getOrSet('k', () => ({ name: 'a' }))).resolves.toEqualTypeOf<User>()
      expectTypeOf(users.getOrSetMany(['k'], () => new Map())).resolves.toEqualTypeOf<readonly (User | undefined)[]>()
      expectTypeOf(users.take('k')).resolves.toEqualTypeOf<User | undefined>()
      expectTypeOf(users.update('k', (user) => user ?? { name: 'a' })).resolves.toEqualTypeOf<User>()
      expectTypeOf(users.sync.get('k')).toEqualTypeOf<User | undefined>()
      expectTypeOf(users.namespace('n')).toEqualTypeOf<Cache<User>>()
      expectTypeOf(
        users.wrap((_id: number, _at: Date) => ({ name: 'a' }), { key: (id, at) => `${id}${at.getTime()}` }),
      ).toEqualTypeOf<(id: number, at: Date) => Promise<User>>()
      // @ts-expect-error another value
      void users.set('k', 5)
      // @ts-expect-error a loader of another value
      void users.getOrSet('k', () => 5)
      // @ts-expect-error a loader that may give nothing
      void users.getOrSet('k', () => undefined)
      // @ts-expect-error an option of loads on a read
      void users.get('k', { softDeadlineMs: 5 })
      // @ts-expect-error tags, which touch leaves alone
      void users.touch('k', { tags: [] })
    })
  })

  it('count only where numbers are held', () => {
    typesOnly((users = {} as Cache<User>, counts = {} as Cache<number>, anything = {} as Cache<unknown>) => {
      expectTypeOf(counts.increment('k')).resolves.toEqualTypeOf<number>()
      expectTypeOf(counts.sync.increment('k')).toEqualTypeOf<number>()
      expectTypeOf(anything.increment('k')).resolves.toEqualTypeOf<number>()
      // @ts-expect-error users cannot be counted up
      void users.increment('k')
      // @ts-expect-error users cannot be counted up
      users.sync.increment('k')
      // @ts-expect-error nor can one kind of number, since a sum may be another
      void ({} as Cache<1 | 2>).increment('k')
    })
  })

  it('tell their events by name', () => {
    typesOnly((users = {} as Cache<User>) => {
      users.on('load', ({ ms, outcome }) => {
        expectTypeOf(ms).toEqualTypeOf<number>()
        expectTypeOf(outcome).toEqualTypeOf<'stored' | 'discarded' | 'skipped' | 'unstored' | 'failed'>()
      })
      users.on('damage', ({ key }) => expectTypeOf(key).toEqualTypeOf<string>())
      // @ts-expect-error no event has this name
      users.on('gett', () => undefined)
    })
  })

  it('tell the four outcomes of a lookup apart', () => {
    typesOnly(async (users = {} as Cache<User>) => {
      const found = await users.lookup('k')
      if (found.outcome === 'hit' || found.outcome === 'stale') expectTypeOf(found.value).toEqualTypeOf<User>()
      else if (found.outcome === 'miss') expectTypeOf(found.why).toBeString()
      else expectTypeOf(found.error.code).toEqualTypeOf<core.ErrorCode>()
    })
  })
})

type IsAny<T> = 0 extends 1 & T ? true : false
/** The members of a type that are, give or take `any`. */
type Anys<T> = { [K in keyof T]-?: IsAnywhere<T[K]> extends true ? K : never }[keyof T]
type IsAnywhere<T> =
  IsAny<T> extends true
    ? true
    : T extends (...args: infer Args) => infer Result
      ? IsAny<Result> extends true
        ? true
        : IsAny<Args[number]>
      : false

describe('the public types', () => {
  it('hold no any', () => {
    expectTypeOf<Anys<Cache<User>>>().toBeNever()
    expectTypeOf<Anys<Cache<User>['sync']>>().toBeNever()
    expectTypeOf<Anys<typeof core>>().toBeNever()
    expectTypeOf<Anys<Store<User>>>().toBeNever()
    expectTypeOf<Anys<core.CacheError>>().toBeNever()
  })
})
