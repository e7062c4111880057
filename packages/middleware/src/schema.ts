import {
  CacheError,
  type Codec,
  checkOptions,
  type Layer,
  oneOf,
  RULES,
  type Rule,
  type Rules,
  type Store,
  type Verbs,
} from '@cachette/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type Misfit, Validator } from './schema/validator.js'
import { validating } from './schema/verbs.js'
import { type Settings, settle } from './settings.js'

export type { Misfit }

export interface SchemaOptions<V> {
  /** Any validator that speaks Standard Schema and answers at once: zod, valibot, arktype and others. */
  readonly schema: StandardSchemaV1<unknown, V>
  /**
   * `write`: what does not fit is refused, with the path to it. `read`: what is given is what the schema makes of what
   * is stored. Default `'both'`.
   */
  readonly on?: 'write' | 'read' | 'both' | undefined
  /**
   * What becomes of a stored value that does not fit: it is `absent` (reported and reclaimed, as damage is), reading it
   * is an `error`, or a function makes of it a value that does. Default `'absent'`.
   */
  readonly misfit?: Misfit | undefined
}

export type SchemaSettings = Settings<Omit<SchemaOptions<unknown>, 'schema'>>

export const SCHEMA_DEFAULTS: SchemaSettings = { on: 'both', misfit: 'absent' }

/** The layer for stores of any values, what it makes of a codec for stores of bytes, and the handle of both. */
export interface Schema<V> extends Layer<V> {
  readonly settings: SchemaSettings
  /** The codec with the schema before it. Entries stay those of the codec itself. */
  codec(inner: Codec<V>): Codec<V>
  /** Changes settings from now on. Checked as a whole before any takes effect. */
  configure(changes: Omit<SchemaOptions<V>, 'schema'>): void
}

const ACCEPTED: Rules<Omit<SchemaOptions<unknown>, 'schema'>> = {
  on: /* @__PURE__ */ oneOf('write', 'read', 'both'),
  misfit: {
    expected: "'absent', 'error' or a function",
    accepts: (value) => value === 'absent' || value === 'error' || typeof value === 'function',
  },
}

const SCHEMA = {
  expected: 'a Standard Schema, with a validator under "~standard"',
  accepts: (value: unknown): boolean => isSchema(value),
}

/**
 * Holds values to a schema. What is written is checked and stored as it was given; what is read is what the schema makes
 * of that, so one that fills in defaults or drops what it does not know does so as values are read.
 *
 * Stands where it sees values: over a store of bytes in `encode`, round the codec (`schema(…).codec(json())`); over
 * memory by reference in `use`. In `{ store: lmdb(…), use: [schema(…)] }` it would see bytes alone, which is refused.
 *
 * Costs what the validator takes, for each value that is written and each that is read.
 *
 * A stored value that does not fit is absent to every verb: over bytes once it has been read, as damage is. A validator,
 * or a function that migrates, which throws or answers later fails the call; nothing is reclaimed for that.
 */
export function schema<V>(options: SchemaOptions<V>): Schema<V> {
  if (isSchema(options)) throw new CacheError('INVALID_OPTION', 'schema: expected { schema }, got the schema itself')
  const rules: Rules<SchemaOptions<V>> = { ...ACCEPTED, schema: SCHEMA }
  const { schema: standard, ...rest } = checkOptions('schema', options, rules, ['schema'])
  let settings = settle('schema', SCHEMA_DEFAULTS, rest, ACCEPTED)
  const validator = new Validator(standard, () => settings.misfit)
  const onWrite = (): boolean => settings.on !== 'read'
  const onRead = (): boolean => settings.on !== 'write'
  return {
    name: 'schema',
    needs: { values: ['any'] },
    get settings() {
      return settings
    },
    wrap: (next: Store<V>, host): Verbs<V> => validating(validator, { onRead, onWrite }, next, host),
    codec(inner) {
      checkOptions('schema, codec', { inner }, { inner: CODEC }, ['inner'])
      return {
        name: inner.name,
        encode(value) {
          if (onWrite()) validator.check(value)
          return inner.encode(value)
        },
        decode(bytes, form) {
          const value = inner.decode(bytes, form)
          return onRead() ? validator.read(value) : value
        },
      }
    },
    configure(changes) {
      settings = settle('schema', settings, changes, ACCEPTED)
    },
  }
}

const CODEC: Rule = {
  expected: 'a codec { name, encode, decode }',
  accepts: (value) => typeof value === 'object' && value !== null && 'encode' in value && 'decode' in value,
}

function isSchema(value: unknown): boolean {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
  if (!isObject || !('~standard' in value)) return false
  const standard: unknown = value['~standard']
  return RULES.object.accepts(standard) && typeof (standard as { readonly validate?: unknown }).validate === 'function'
}
