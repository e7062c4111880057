import { memory } from '@cachette/adapter-memory'
import type { Store } from '@cachette/core'
import { describe, expect, it } from 'vitest'
import { replicated, sharded, tiered } from '../src/index.js'

/** As whoever writes without types calls it. */
const untyped = (value: unknown): never => value as never

const store: Store = memory({ copies: true })
const other: Store = memory({ copies: true })
const near: Store<unknown> = memory()

describe('a mistake is refused where it is made, with what was expected and what came:', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'one store as two tiers',
      () => tiered({ tiers: [{ store }, { store }] }),
      /tier to have a store of its own.*tiers\[1\]/,
    ],
    [
      'one store as two shards',
      () =>
        sharded({
          shards: [
            { name: 'a', store },
            { name: 'b', store },
          ],
        }),
      /shard to have a store of its own, got that of "b" twice/,
    ],
    [
      'one store as two replicas',
      () =>
        replicated({
          replicas: [
            { name: 'a', store },
            { name: 'b', store },
          ],
        }),
      /replica to have a store of its own, got that of "b" twice/,
    ],
    [
      'no bus',
      () => tiered({ tiers: [{ store }, { store: other }], bus: untyped({}) }),
      /bus to be a bus \{ publish, subscribe \}, got an object/,
    ],
    [
      'an empty list to encode',
      () => tiered({ tiers: [{ store: near }, { store, encode: untyped([]) }] }),
      /encode to begin with a codec/,
    ],
    [
      'no codec',
      () => tiered({ tiers: [{ store: near }, { store, encode: untyped([5]) }] }),
      /encode to begin with a codec.*got 5/,
    ],
    [
      'no list of shards',
      () => sharded({ shards: [{ name: 'a', store }] }).reshard(untyped(undefined)),
      /expected shards to be an array, got undefined/,
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(make).toThrow(message)
  })
})
