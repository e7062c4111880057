import {
  type Awaitable,
  andThen,
  CacheError,
  type Call,
  type Change,
  type Found,
  hide,
  isPromise,
  type Layer,
  newCall,
  type Store,
  type Verbs,
  type Version,
  values,
} from '@cachette/core'
import type { Stack } from '../layer.js'
import { type LayerMutant, layerMutant, type Mutant } from './mutant.js'

const JITTER_MS = 50

/** A layer that turns every bit of a value, made of the helper of core: correct, to begin with. */
const inverted = values({
  name: 'inverted',
  encode: (value) => ({ value: invert(value), mark: true }),
  decode: (value) => invert(value),
})

function invert(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => ~byte)
}

/** A correct layer of values, but for what is put in place of its verbs. */
function valuesMutant(name: string, models: string, law: 'Y1' | 'Y3' | 'Y4' | 'V1', breaks: Breaks): LayerMutant {
  return layerMutant(name, law, models, (next, host) => {
    const right = inverted.wrap(next, host)
    return { ...right, ...breaks(next, right) }
  })
}

type Breaks = (next: Store, right: Verbs<Uint8Array>) => Verbs<Uint8Array>

/** Which versions each layer hides. */
const hiddenBy = new WeakMap<object, Set<string>>()

/** A correct layer that hides what it is told to, but for what is put in place of its verbs. */
function hidingMutant(name: string, models: string, breaks: Breaks): LayerMutant {
  const layer = (): Layer => {
    const hidden = new Set<string>()
    const right = hide({ name, hidden: (_key, { version }) => hidden.has(nameOf(version)) })
    const made: Layer = {
      name,
      wrap: (next, host) => {
        const verbs = right.wrap(next, host) as Verbs<Uint8Array>
        return { ...verbs, ...breaks(next, verbs) }
      },
    }
    hiddenBy.set(made, hidden)
    return made
  }
  const hideKey = async ({ store, layers }: Stack<Uint8Array>, key: string, call: Call): Promise<void> => {
    const [found] = await store.read([key], call)
    if (found === undefined) return
    for (const each of layers) hiddenBy.get(each)?.add(nameOf(found.version))
  }
  return { kind: 'layer', name, law: 'Y2', models, subject: { name, layer, hide: hideKey } }
}

function nameOf({ time, count, writer }: Version): string {
  return `${time}.${count}.${writer}`
}

function always(found: Found): Found {
  return found.value === undefined ? found : { ...found, value: invert(found.value) }
}

export const LAYER_MUTANTS: readonly Mutant[] = [
  layerMutant('loses-the-signal', 'Y3', 'Makes calls anew, and leaves the signal out.', (next) => ({
    read: (keys, call) => next.read(keys, { ...call, signal: undefined }),
  })),
  layerMutant('loses-the-load', 'Y3', 'Makes calls anew, so that nobody knows which load they belong to.', (next) => ({
    read: (keys, call) => next.read(keys, { ...call, load: undefined }),
  })),
  layerMutant('loses-the-deadline', 'Y3', 'Lets calls of its own take as long as they like.', (next) => ({
    write: (changes, call) => next.write(changes, { ...call, deadline: Number.POSITIVE_INFINITY }),
  })),
  layerMutant(
    'loses-its-place',
    'Y3',
    'Makes calls of its own, which have no place in the order of its callers.',
    (next) => ({
      clear: (prefix, call) => next.clear(prefix, { ...call, id: newCall(call.now).id }),
    }),
  ),
  valuesMutant('decodes-the-unmarked', 'Decodes whatever it reads, also what it never encoded.', 'Y1', (next) => ({
    read: (keys, call) => andThen(next.read(keys, call), (found) => found.map((entry) => entry && always(entry))),
  })),
  valuesMutant('encodes-twice', 'Encodes what has been encoded already, and decodes it once.', 'V1', (next, right) => ({
    write: (changes, call) => andThen(right.write?.(changes.map(encoded), call) ?? [], (answers) => answers),
    scan: next.scan,
  })),
  layerMutant('jitters-lifetimes', 'V1', 'Spreads lifetimes, and says so to nobody.', (next) => ({
    write: (changes, call) =>
      next.write(
        changes.map((change) =>
          change.entry === undefined
            ? change
            : {
                ...change,
                entry: {
                  ...change.entry,
                  expiresAt: change.entry.expiresAt + JITTER_MS,
                  keptUntil: change.entry.keptUntil + JITTER_MS,
                },
              },
        ),
        call,
      ),
  })),
  layerMutant('loses-conditions', 'C1', 'Passes on what to write, and not when.', (next) => ({
    write: (changes, call) =>
      next.write(
        changes.map(({ key, entry, version }) => ({ key, entry, version })),
        call,
      ),
  })),
  hidingMutant(
    'shows-it-to-conditions',
    'Hides from reads and scans, and judges by what is stored, as has() of cacheable does.',
    (next) => ({
      write: next.write,
    }),
  ),
  hidingMutant('shows-it-in-scans', 'Hides from reads, and lists it.', (next) => ({ scan: next.scan })),
  hidingMutant('shows-its-header', 'Hides the value, and gives the header.', (next, right) => ({
    read: (keys, call) => (call.want === 'header' ? next.read(keys, call) : (right.read?.(keys, call) ?? [])),
  })),
  hidingMutant('shows-it-in-batches', 'Hides one key at a time.', (next, right) => ({
    read: (keys, call) => (keys.length > 1 ? next.read(keys, call) : (right.read?.(keys, call) ?? [])),
  })),
  hidingMutant('counts-it-as-removed', 'Says that it removed what nobody could see.', (next, right) => ({
    write: (changes, call) =>
      changes.every(({ entry, when }) => entry === undefined && when === undefined)
        ? next.write(changes, call)
        : (right.write?.(changes, call) ?? []),
  })),
  valuesMutant(
    'decodes-only-singles',
    'Treats a batch differently, as getMany of cacheable does.',
    'Y3',
    (next, right) => ({
      read: (keys, call) => (keys.length > 1 ? next.read(keys, call) : (right.read?.(keys, call) ?? [])),
    }),
  ),
  valuesMutant('forgets-scans', 'Encodes what is written, and gives it encoded in scans.', 'Y3', (next) => ({
    scan: next.scan,
  })),
  valuesMutant('chokes-on-headers', 'Decodes values that were left out.', 'Y3', (next) => ({
    read: (keys, call) =>
      andThen(next.read(keys, call), (found) =>
        found.map((entry) => entry && { ...entry, value: invert(bytesOf(entry)), marks: {} }),
      ),
  })),
  layerMutant(
    'writes-only-the-last',
    'Y3',
    'Gathers the writes of a batch by key, and answers for all what it answers for one.',
    (next) => ({
      write: (changes, call) => {
        const last = new Map(changes.map((change) => [change.key, change]))
        return andThen(next.write([...last.values()], call), (answers) => {
          const byKey = new Map([...last.keys()].map((key, index) => [key, answers[index] ?? false]))
          return changes.map(({ key }) => byKey.get(key) ?? false)
        })
      },
    }),
  ),
  layerMutant('clears-nothing', 'Y3', 'Passes on what it knows, which clear is not.', () => ({
    clear: () => undefined,
  })),
  layerMutant('closes-nothing', 'Y3', 'Keeps what is below it open.', () => ({ close: () => undefined })),
  layerMutant('clears-siblings', 'S5', 'Puts a name before each key, and clears all below the name.', (next) =>
    prefixed(next),
  ),
  layerMutant('promises-all', 'Y4', 'Is async, and makes promises of ready answers.', (next) => ({
    read: async (keys, call) => next.read(keys, call),
  })),
  layerMutant('promises-batches', 'Y4', 'Answers one key at once, and promises to answer several.', (next) => ({
    read: (keys, call) => (keys.length > 1 ? Promise.resolve(next.read(keys, call)) : next.read(keys, call)),
  })),
  layerMutant('swallows-failures', 'Y4', 'Turns failures into misses, and does not say so.', (next) => ({
    read: (keys, call) =>
      rescued(
        () => next.read(keys, call),
        () => keys.map(() => undefined),
      ),
  })),
  layerMutant('renames-failures', 'Y4', 'Makes every failure its own, and forgets what it was.', (next) => ({
    write: (changes, call) =>
      rescued(
        () => next.write(changes, call),
        (error) => {
          throw new CacheError('BACKEND', 'the write failed', { cause: error })
        },
      ),
  })),
  layerMutant('rejects-failures', 'Y4', 'Passes answers on at once, and failures later.', (next) => ({
    clear: (prefix, call) =>
      rescued(
        () => next.clear(prefix, call),
        (error) => Promise.reject(error),
      ),
  })),
]

function encoded(change: Change): Change {
  const { entry } = change
  return entry === undefined ? change : { ...change, entry: { ...entry, value: invert(entry.value) } }
}

function bytesOf({ value }: Found): Uint8Array {
  if (value === undefined) throw new TypeError('there is no value to decode')
  return value
}

function prefixed(next: Store): Verbs<Uint8Array> {
  const down = (key: string): string => `~${key}`
  return {
    traits: { ...next.traits, scan: 'none' },
    read: (keys, call) => next.read(keys.map(down), call),
    write: (changes, call) =>
      next.write(
        changes.map((change) => ({ ...change, key: down(change.key) })),
        call,
      ),
    clear: (_prefix, call) => next.clear('~', call),
  }
}

/** `run`, or what is made of its failure; at once where that is ready. */
function rescued<T>(run: () => Awaitable<T>, rescue: (error: unknown) => Awaitable<T>): Awaitable<T> {
  try {
    const answer = run()
    return isPromise(answer) ? answer.catch(rescue) : answer
  } catch (error) {
    return rescue(error)
  }
}
