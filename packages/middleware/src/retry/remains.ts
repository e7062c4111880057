import type { CacheError, KeyOutcome } from '@cachette/core'
import { restated } from '@cachette/core/adapter'
import { mayPass } from './persistence.js'

/** A batch that failed, whole or in part: what is known of each of its items, and which of them are still open. */
export class Remains {
  readonly #parts: KeyOutcome[]

  constructor(keys: readonly string[], failure: CacheError) {
    this.#parts = keys.map((key) => ({ key, value: undefined }))
    this.failed([...keys.keys()], failure)
  }

  /** The places of those that may be asked again. */
  get open(): readonly number[] {
    return this.#places((error) => mayPass(error))
  }

  /** The places of those that may have happened. */
  get doubtful(): readonly number[] {
    return this.#places((error) => error.outcome === 'unknown')
  }

  answered(place: number, value: unknown): void {
    this.#parts[place] = { key: this.#keyOf(place), value }
  }

  /** A failure of these. Where one was in doubt before, it still is. */
  failed(places: readonly number[], failure: CacheError): void {
    const outcomes = new Map(failure.outcomes?.map((one) => [one.key, one]))
    const { doubtful } = this
    for (const place of places) {
      const key = this.#keyOf(place)
      const part = outcomes.get(key) ?? { key, error: failure }
      const isStillInDoubt = 'error' in part && doubtful.includes(place)
      this.#parts[place] = isStillInDoubt ? { key, error: restated(part.error, { outcome: 'unknown' }) } : part
    }
  }

  /** Nobody can say what became of it, and to ask again might do it twice. */
  leave(place: number): void {
    const part = this.#parts[place]
    if (part === undefined || !('error' in part)) return
    this.#parts[place] = { key: part.key, error: restated(part.error, { retry: 'exhausted', outcome: 'unknown' }) }
  }

  /**
   * What each answer was. Where some are lacking, throws what the batch as a whole fails with as things are: it may pass
   * as long as a part of it may.
   */
  answers(writes: boolean): readonly unknown[] {
    const failure = this.failure(writes)
    if (failure !== undefined) throw failure
    return this.#parts.map((part) => ('value' in part ? part.value : undefined))
  }

  failure(writes: boolean): CacheError | undefined {
    const errors = this.#parts.flatMap((part) => ('error' in part ? [part.error] : []))
    const first = errors.find(mayPass) ?? errors[0]
    if (first === undefined || this.#parts.length === 1) return first
    const isUnknown = this.doubtful.length > 0 || (writes && errors.length < this.#parts.length)
    return restated(first, { outcomes: [...this.#parts], outcome: isUnknown ? 'unknown' : 'none' })
  }

  #places(fits: (error: CacheError) => boolean): readonly number[] {
    return this.#parts.flatMap((part, place) => ('error' in part && fits(part.error) ? [place] : []))
  }

  #keyOf(place: number): string {
    return this.#parts[place]?.key ?? ''
  }
}
