/** What a cache must show so that it can be measured: the least that all of them have. */

import type { Awaitable } from '@cachette/core'
import type { Subject } from './group.js'

export type Value = object | string

export type Load = () => Promise<Value>

/** The calls as a user of that cache would write them, and nothing around them. They are taken out of the object. */
export interface Face {
  readonly get: (key: string) => Awaitable<unknown>
  readonly set: (key: string, value: Value) => Awaitable<unknown>
  readonly getOrSet?: (key: string, load: Load) => Awaitable<unknown>
  /** An answer for each key, in order. */
  readonly getMany?: (keys: readonly string[]) => Awaitable<readonly unknown[]>
  readonly close?: () => Awaitable<unknown>
}

export type Verb = 'get' | 'set' | 'getOrSet' | 'getMany'

/** `sync`: the answer is no promise. `awaited`: one after the other. A number: so many at once, awaited together. */
export type Pace = 'sync' | 'awaited' | number

export interface OpenSubject extends Subject {
  /** A new and empty one each time. Peers are imported here, so that a run loads only what it measures. */
  open(): Awaitable<Face>
}
