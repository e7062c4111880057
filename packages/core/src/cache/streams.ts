import { andThen } from '../awaitable.js'
import type { Awaitable, Bytes, Call, Header, StreamVerbs } from '../contract.js'
import { CacheError, unsupported } from '../errors.js'
import type { Rules } from '../options.js'
import type { ValueLayer } from '../values.js'
import { CALLER_RULES, type CallerOptions, type Engine, outcomeOf } from './engine.js'
import { type EntryOptions, LASTING_RULES, lifetimesOf, tagsOf, timesFrom } from './lifetimes.js'
import { STREAM_MARKS } from './pipeline.js'

/** Moving a stream on would mean to read it whole. */
export type StreamOptions = CallerOptions & Omit<EntryOptions, 'sliding'>

const STREAM_RULES: Rules<StreamOptions> = /* @__PURE__ */ Object.assign({}, CALLER_RULES, LASTING_RULES)

/** Values as streams, through those byte layers that take part. Refused where the store or a layer cannot. */
export class StreamSet<V, S> {
  readonly #engine: Engine<V, S>
  readonly #layers: readonly ValueLayer[]

  constructor(engine: Engine<V, S>, layers: readonly ValueLayer[]) {
    this.#engine = engine
    this.#layers = layers
  }

  get(key: string, options?: CallerOptions): Awaitable<ReadableStream<Bytes> | undefined> {
    const streams = this.#streams('getStream')
    const full = this.#engine.key(key)
    const call = this.#engine.call(options, CALLER_RULES)
    return andThen(streams.read(full, call), (found) => {
      this.#engine.tell('get', call, [full], () => [outcomeOf(found?.header, call.now)])
      return found && this.#opened(full, found.header, found.body, call)
    })
  }

  set(key: string, body: ReadableStream<Bytes>, options?: StreamOptions): Awaitable<void> {
    const streams = this.#streams('setStream')
    if (!(body instanceof ReadableStream))
      throw new CacheError('INVALID_VALUE', 'expected a ReadableStream of bytes', { details: { path: 'value' } })
    const full = this.#engine.key(key)
    const call = this.#engine.call(options, STREAM_RULES)
    const { versions } = this.#engine.parts.host
    const times = timesFrom(call.now, lifetimesOf(options, this.#engine.lifetimes))
    const plain: Header = {
      ...times,
      version: versions.next(),
      kind: 'value',
      tags: tagsOf(options?.tags),
      marks: STREAM_MARKS,
      size: 0,
    }
    let header = plain
    let encoded = body
    for (const { coding } of this.#layers) {
      const step = coding.streams?.encode(encoded, { key: full, header })
      if (step === undefined) continue
      encoded = step.body
      header = { ...header, marks: { ...header.marks, [coding.name]: step.mark } }
    }
    return andThen(streams.write({ key: full, header }, encoded, call), () =>
      this.#engine.tell('set', call, [full], () => ['done']),
    )
  }

  #opened(key: string, header: Header, body: ReadableStream<Bytes>, call: Call): ReadableStream<Bytes> | undefined {
    const missing = this.#layers.find(
      ({ coding }) => coding.required === true && header.marks[coding.name] === undefined,
    )
    const isStream = header.marks['codec'] === STREAM_MARKS.codec
    if (isStream && missing === undefined) {
      return this.#layers.reduceRight((encoded, { coding }) => {
        const mark = header.marks[coding.name]
        return mark === undefined ? encoded : (coding.streams?.decode(encoded, mark, { key, header }) ?? encoded)
      }, body)
    }
    // What the store holds for it is let go; the answer does not hang on that.
    body.cancel().catch(() => undefined)
    if (!isStream) throw this.#refused('getStream', 'the entry was not stored as a stream; read it with get')
    const error = new CacheError('CORRUPT', 'a stream without the mark of a layer that protects it')
    return this.#engine.damaged({ ...header, value: undefined }, key, call, error)
  }

  #streams(operation: string): StreamVerbs {
    const { stack } = this.#engine.parts
    if (stack.streams === undefined) throw this.#refused(operation, 'it has no streams, or a layer over it has none')
    const deaf = this.#layers.find(({ coding }) => coding.streams === undefined)
    if (deaf !== undefined) throw this.#refused(operation, `the layer ${deaf.name} takes no part in streams`)
    return stack.streams
  }

  #refused(operation: string, why: string): CacheError {
    return unsupported(operation, this.#engine.parts.base.name, why)
  }
}
