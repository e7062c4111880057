import type { ValueLayer } from '../values.js'
import { andThen } from '../awaitable.js'
import type { Awaitable, Bytes, Header, StreamVerbs } from '../contract.js'
import { CacheError } from '../errors.js'
import type { CallerOptions, Engine } from './engine.js'
import { lifetimesOf, tagsOf, timesFrom } from './lifetimes.js'
import { STREAM_MARKS } from './pipeline.js'
import type { WriteOptions } from './verbs.js'

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
    return andThen(streams.read(full, this.#engine.call(options)), (found) => {
      if (found === undefined) return undefined
      const { header } = found
      if (header.marks['codec'] !== STREAM_MARKS.codec)
        throw refused('getStream', 'the entry was not stored as a stream; read it with get')
      return this.#layers.reduceRight((body, { coding }) => {
        const mark = header.marks[coding.name]
        return mark === undefined || coding.streams === undefined
          ? body
          : coding.streams.decode(body, mark, { key: full, header })
      }, found.body)
    })
  }

  set(key: string, body: ReadableStream<Bytes>, options?: WriteOptions): Awaitable<void> {
    const streams = this.#streams('setStream')
    if (!(body instanceof ReadableStream))
      throw new CacheError('INVALID_VALUE', 'expected a ReadableStream of bytes', { details: { path: 'value' } })
    const full = this.#engine.key(key)
    const call = this.#engine.call(options)
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

  #streams(operation: string): StreamVerbs {
    const { stack, base } = this.#engine.parts
    if (stack.streams === undefined) throw refused(operation, `${base.name}, or a layer over it, has no streams`)
    const deaf = this.#layers.find(({ coding }) => coding.streams === undefined)
    if (deaf !== undefined) throw refused(operation, `the layer ${deaf.name} takes no part in streams`)
    return stack.streams
  }
}

function refused(operation: string, why: string): CacheError {
  return new CacheError('UNSUPPORTED', `${operation}: ${why}`, { operation })
}
