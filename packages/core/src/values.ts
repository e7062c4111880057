import { andThen, mapped, promised, recover } from './awaitable.js'
import type { Coding, ValueContext } from './codec.js'
import type { Awaitable, Bytes, Call, Change, Entry, Found, Marks, Page, Store } from './contract.js'
import { CacheError, isCacheError, toCacheError } from './errors.js'
import { holdsKept } from './kept.js'
import type { Host, Layer, LayerFacts, Verbs } from './layer.js'
import { LAYER_RULES } from './layer-rules.js'
import { BOOLEAN, checkOptions, FUNCTION, OBJECT, type Rules, shown } from './options.js'
import { checkSize } from './sizes.js'

/** A layer from bytes to bytes. It stands in `encode`, behind the codec, or in `use`. */
export interface ValueLayer extends Layer {
  readonly coding: Coding
}

export type ValueOptions = Coding & LayerFacts

const RULES: Rules<ValueOptions> = /* @__PURE__ */ Object.assign({}, LAYER_RULES, {
  encode: FUNCTION,
  decode: FUNCTION,
  required: BOOLEAN,
  async: BOOLEAN,
  bindsHeader: BOOLEAN,
  grows: {
    expected: 'a whole number of bytes',
    accepts: (value: unknown) => Number.isInteger(value) && Number(value) >= 0,
  },
  streams: OBJECT,
})

/** A layer that encodes each value on its way down and decodes it on its way up: compression, checksum, encryption. */
export function values(options: ValueOptions): ValueLayer {
  const { name, needs, place, changes, state } = checkOptions('values', options, RULES, ['name', 'encode', 'decode'])
  return {
    name,
    needs: { values: ['bytes'], ...needs },
    place,
    changes,
    state,
    coding: options,
    wrap(next: Store, host: Host): Verbs<Bytes> {
      const { async: isAsync = false, grows = 0 } = options
      const { sync, maxValueBytes } = next.traits
      const limit = maxValueBytes - grows
      const opened = (found: readonly (Found | undefined)[], keys: readonly string[], call: Call) =>
        mapped(found, (entry, index) => decodeFound(options, entry, keys[index] ?? '', call, next, host))
      return {
        read: (keys, call) => andThen(next.read(keys, call), (found) => opened(found, keys, call)),
        write: (changes, call) =>
          andThen(
            mapped(changes, (change) => {
              checkSize(change, limit, name)
              return encodeChange(options, change)
            }),
            (coded) => next.write(coded, call),
          ),
        scan: (prefix, call) => pages(next.scan(prefix, call), (found, keys) => opened(found, keys, call)),
        // A stream would pass by this layer unseen.
        streams: undefined,
        traits: { ...next.traits, streams: false, sync: isAsync ? 'none' : sync, maxValueBytes: limit },
      }
    },
  }
}

/** The entry through one coding: new bytes, one more mark, the size as it is now. */
export function encodeEntry(coding: Coding, entry: Entry, key: string): Awaitable<Entry> {
  if (entry.kind === 'tombstone' || entry.marks[coding.name] !== undefined) return entry
  return andThen(coding.encode(entry.value, contextOf(entry, key)), (coded) => {
    if (coded === undefined) return entry
    if (!(coded?.value instanceof Uint8Array) || coded.mark === undefined) {
      const got = shown(coded?.value)
      throw new CacheError('INVALID_VALUE', `the layer ${coding.name}: expected { value: bytes, mark }, got ${got}`)
    }
    const marks = { ...entry.marks, [coding.name]: coded.mark }
    return { ...entry, value: coded.value, marks, size: coded.value.byteLength }
  })
}

/** The bytes as they were before the coding. Throws, at once or later, where they are damaged. */
export function decodeBytes(coding: Coding, bytes: Bytes, entry: Found, key: string): Awaitable<Bytes> {
  const mark = entry.marks[coding.name]
  if (mark !== undefined) return coding.decode(bytes, mark, contextOf(entry, key))
  if (coding.required === true && (entry.kind === 'value' || holdsKept(entry))) {
    throw new CacheError('CORRUPT', `an entry without the mark of ${coding.name}`, { source: coding.name })
  }
  return bytes
}

/** Any failure to decode is damage, but for a typed one that says that it is something else. */
export function isDamage(error: unknown): boolean {
  return !isCacheError(error) || error.code === 'CORRUPT' || error.code === 'INVALID_VALUE'
}

/** Tells of a damaged entry and reclaims it as it was read. */
export function reclaimDamaged<V>(
  entry: Found<unknown>,
  key: string,
  call: Call,
  error: unknown,
  source: string,
  next: Store<V>,
  host: Host,
): void {
  host.report({ type: 'damage', id: call.id, key, source, error: toCacheError(error, { source }) })
  if (next.traits.conditional === 'none') return
  const removal = { key, entry: undefined, version: host.versions.next(), when: { version: entry.version } }
  // In the call's own turn, so that what it does next finds the key free, and for its load, which this does not void.
  const own = { ...call, signal: undefined, aside: true }
  host.background(promised(() => next.write([removal], own)))
}

function encodeChange(coding: Coding, change: Change): Awaitable<Change> {
  if (change.entry === undefined) return change
  return andThen(encodeEntry(coding, change.entry, change.key), (entry) => ({ ...change, entry }))
}

function decodeFound(
  coding: Coding,
  entry: Found | undefined,
  key: string,
  call: Call,
  next: Store,
  host: Host,
): Awaitable<Found | undefined> {
  if (entry === undefined || entry.kind === 'damaged' || entry.kind === 'tombstone') return entry
  const { value: bytes } = entry
  // A header is given as it was written too: what the layer made of the value is nobody's business.
  if (bytes === undefined || call.want === 'header') {
    return { ...entry, value: undefined, marks: without(entry.marks, coding.name) }
  }
  return recover<Found | undefined, Found | undefined>(
    () =>
      andThen(decodeBytes(coding, bytes, entry, key), (value) => ({
        ...entry,
        value,
        marks: without(entry.marks, coding.name),
      })),
    (error) => {
      if (!isDamage(error)) throw error
      reclaimDamaged(entry, key, call, error, coding.name, next, host)
      return call.show === 'all' ? { ...entry, kind: 'damaged', value: undefined } : undefined
    },
  )
}

async function* pages(
  source: AsyncIterable<Page>,
  opened: (found: readonly (Found | undefined)[], keys: readonly string[]) => Awaitable<readonly (Found | undefined)[]>,
): AsyncIterable<Page> {
  for await (const page of source) {
    const keys = page.map(([key]) => key)
    const found = await opened(
      page.map(([, entry]) => entry),
      keys,
    )
    const shown = page.flatMap(([key], index) => {
      const entry = found[index]
      return entry === undefined ? [] : [[key, entry] as const]
    })
    if (shown.length > 0) yield shown
  }
}

function contextOf(header: ValueContext['header'], key: string): ValueContext {
  return { key, header }
}

function without(marks: Marks, name: string): Marks {
  if (marks[name] === undefined) return marks
  return Object.fromEntries(Object.entries(marks).filter(([other]) => other !== name))
}
