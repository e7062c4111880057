import { type Cache, createCache, type LawId, SEPARATOR } from '@cachette/core'
import type { MakeCache } from '../handle/handles.js'
import { ReferenceStore } from '../reference.js'
import { referenceSubject } from '../reference-subject.js'
import type { Mutant } from './mutant.js'

const LONGEST_KEY = 250
const SECOND_MS = 1_000

/** The longest delay of `setTimeout`; a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

type Verbs = Partial<Pick<Cache<unknown>, 'get' | 'set' | 'delete' | 'has'>>

/** A correct cache, but for what is put in place of its verbs. */
function handleMutant(name: string, law: LawId, models: string, breaks: (right: Cache<unknown>) => Verbs): Mutant {
  const cache: MakeCache = (options) => {
    const right = createCache(options)
    const verbs = new Map<PropertyKey, unknown>(Object.entries(breaks(right)))
    return new Proxy(right, {
      get(target, property) {
        const value: unknown = verbs.get(property) ?? Reflect.get(target, property, target)
        return typeof value === 'function' && !verbs.has(property) ? (value.bind(target) as unknown) : value
      },
    })
  }
  return { kind: 'handle', name, law, models, subject: { ...referenceSubject(name, ReferenceStore), cache } }
}

/** Every verb of one key, with another key. */
function renaming(rename: (key: string) => string): (right: Cache<unknown>) => Verbs {
  return (right) => ({
    get: (key, options) => right.get(rename(key), options),
    set: (key, value, options) => right.set(rename(key), value, options),
    delete: (key, options) => right.delete(rename(key), options),
    has: (key, options) => right.has(rename(key), options),
  })
}

/** Writes with another lifetime. */
function living(change: (ttlMs: number) => number | undefined): (right: Cache<unknown>) => Verbs {
  return (right) => ({
    set: (key, value, options = {}) => {
      const { ttlMs, ...others } = options
      return right.set(key, value, ttlMs === undefined ? options : { ...others, ttlMs: change(ttlMs) })
    },
  })
}

export const HANDLE_MUTANTS: readonly Mutant[] = [
  handleMutant('coerces-keys', 'K3', 'Takes whatever it is given for a key.', renaming(String)),
  handleMutant(
    'names-empty-keys',
    'K3',
    'Gives a name to a key that has none.',
    renaming((key) => (key === '' ? 'empty' : key)),
  ),
  handleMutant(
    'escapes-separators',
    'K3',
    'Replaces the characters that it needs for itself.',
    renaming((key) => (typeof key === 'string' ? key.replaceAll(SEPARATOR, '_') : key)),
  ),
  handleMutant(
    'cuts-keys',
    'K3',
    'Cuts a key that is too long.',
    renaming((key) => (typeof key === 'string' ? key.slice(0, LONGEST_KEY) : key)),
  ),
  handleMutant(
    'repairs-surrogates',
    'K3',
    'Stores a key that is not well-formed under one that is.',
    renaming((key) => (typeof key === 'string' ? key.toWellFormed() : key)),
  ),
  handleMutant(
    'takes-zero-for-ever',
    'T4',
    'Takes 0 for no end at all, as five of six peers do.',
    living((ttlMs) => (ttlMs === 0 ? Infinity : ttlMs)),
  ),
  handleMutant(
    'takes-negative-for-now',
    'T4',
    'Takes a negative lifetime for one that is over.',
    living((ttlMs) => (ttlMs < 0 ? 1 : ttlMs)),
  ),
  handleMutant(
    'takes-nan-for-ever',
    'T4',
    'Takes a lifetime that is no number for none, as every peer does.',
    living((ttlMs) => (Number.isNaN(ttlMs) ? undefined : ttlMs)),
  ),
  handleMutant(
    'counts-in-seconds',
    'T4',
    'Rounds lifetimes to seconds.',
    living((ttlMs) => (ttlMs > SECOND_MS ? Math.floor(ttlMs / SECOND_MS) * SECOND_MS : ttlMs)),
  ),
  handleMutant(
    'overflows',
    'T4',
    'Expires in one millisecond what was to live longer than a timer can wait.',
    living((ttlMs) => (ttlMs > LONGEST_TIMER_MS ? 1 : ttlMs)),
  ),
  handleMutant('stores-null-for-undefined', 'V2', 'Stores something else where it is given nothing.', (right) => ({
    set: (key, value, options) => right.set(key, value ?? null, options),
  })),
  handleMutant(
    'tests-for-truth',
    'V2',
    'Says that a falsy value is not there, as cache-manager does over keyv.',
    (right) => ({
      has: async (key, options) => Boolean(await right.get(key, options)),
    }),
  ),
]
