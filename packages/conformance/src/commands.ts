import type { Traits } from '@cachette/core'
import fc, { type Arbitrary } from 'fast-check'
import { relatedKeys } from './arbitraries.js'
import type { Values } from './subject.js'

/** Calls as data: they shrink well, and what they mean is settled when they are made, over whatever is there then. */
export type Command =
  | { readonly type: 'read'; readonly keys: readonly number[]; readonly want: Want; readonly show: Show }
  | { readonly type: 'write'; readonly changes: readonly Step[] }
  | { readonly type: 'scan'; readonly prefix: Prefix; readonly want: Want; readonly show: Show }
  | { readonly type: 'clear'; readonly prefix: Prefix }
  | { readonly type: 'move'; readonly key: number; readonly to: 'expiresAt' | 'keptUntil'; readonly offset: number }
  | { readonly type: 'reopen' }

/** One change of a batch. Numbers are taken modulo what there is to choose from. */
export interface Step {
  readonly key: number
  readonly puts: boolean
  readonly kind: 'value' | 'lease' | 'tombstone'
  readonly lifetime: number
  readonly kept: number
  readonly when: 'absent' | 'present' | 'vacant' | { readonly seen: number } | undefined
  readonly value: readonly [unknown] | undefined
}

/** The beginning of a key; or all of it, or nothing. */
export interface Prefix {
  readonly key: number
  readonly length: number
}

export type Want = 'value' | 'header'
export type Show = 'live' | 'kept' | 'all'

export interface Script {
  readonly keys: readonly string[]
  readonly commands: readonly Command[]
}

const MAX_COMMANDS = 25

const want = fc.constantFrom<Want>('value', 'header')
const show = fc.constantFrom<Show>('live', 'live', 'kept', 'all')
const key = fc.nat(5)
const prefix: Arbitrary<Prefix> = fc.record({ key, length: fc.nat(4) })

/** Short lives, so that moves of the clock meet them; and one without an end. */
const lifetime = fc.constantFrom(1, 2, 1_000, 1_500, 60_000, Infinity)

export function scripts(traits: Traits, values: Values, canReopen: boolean): Arbitrary<Script> {
  return fc.record({
    keys: relatedKeys(2, 6),
    commands: fc.array(command(traits, values, canReopen), { minLength: 1, maxLength: MAX_COMMANDS, size: 'max' }),
  })
}

function command(traits: Traits, values: Values, canReopen: boolean): Arbitrary<Command> {
  const changes = fc.array(step(traits, values), { minLength: 1, maxLength: 4 })
  return fc.oneof(
    { weight: 8, arbitrary: fc.record({ type: fc.constant('write' as const), changes }) },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('read' as const), keys: fc.array(key, { maxLength: 6 }), want, show }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('move' as const),
        key,
        to: fc.constantFrom('expiresAt', 'keptUntil'),
        offset: fc.constantFrom(-1, 0, 1),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('clear' as const), prefix }) },
    {
      weight: traits.scan === 'none' ? 0 : 2,
      arbitrary: fc.record({ type: fc.constant('scan' as const), prefix, want, show }),
    },
    { weight: canReopen ? 1 : 0, arbitrary: fc.record({ type: fc.constant('reopen' as const) }) },
  )
}

function step(traits: Traits, values: Values): Arbitrary<Step> {
  const seen = fc.record({ seen: fc.nat(3) })
  const condition = fc.oneof(fc.constantFrom('absent' as const, 'present' as const, 'vacant' as const), seen)
  return fc.record({
    key,
    puts: fc.constantFrom(true, true, false),
    kind: fc.constantFrom('value', 'value', 'value', 'lease', 'tombstone'),
    lifetime,
    kept: fc.constantFrom(0, 0, 1, 1_000),
    when: traits.conditional === 'none' ? fc.constant(undefined) : fc.option(condition, { nil: undefined, freq: 1 }),
    value: fc.option(fc.tuple(values.arbitrary), { nil: undefined, freq: 3 }),
  })
}
