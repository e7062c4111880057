import { type Bytes, type Store, systemClock } from '@cachette/core'
import { describe, expectTypeOf, test } from 'vitest'
import { type MemoryOptions, memory } from '../src/index.js'

interface User {
  readonly name: string
}

/** Stands for whatever takes a store and knows the type of its values. */
const takesUsers = (store: Store<User>): Store<User> => store

describe('the options say what the store holds', () => {
  test('anything by reference', () => {
    expectTypeOf(memory()).toEqualTypeOf<Store<unknown>>()
    expectTypeOf(memory<User>()).toEqualTypeOf<Store<User>>()
    expectTypeOf(memory<User>({ clock: systemClock })).toEqualTypeOf<Store<User>>()
    expectTypeOf(memory<User>({ copies: false })).toEqualTypeOf<Store<User>>()
    expectTypeOf(takesUsers(memory())).toEqualTypeOf<Store<User>>()
  })

  test('bytes with copies', () => {
    expectTypeOf(memory({ copies: true })).toEqualTypeOf<Store<Bytes>>()
    expectTypeOf(memory({ copies: true, clock: systemClock })).toEqualTypeOf<Store<Bytes>>()
    // @ts-expect-error: copies are of bytes alone
    memory<User>({ copies: true })
  })

  test('bytes where that is not known yet', () => {
    const options: MemoryOptions = {}
    expectTypeOf(memory(options)).toEqualTypeOf<Store<Bytes>>()
  })
})
