import type { CacheError, KeyOutcome } from '@cachette/core'
import { restated } from '@cachette/core/adapter'
import { mayPass } from './persistence.js'

/** A batch that failed, whole or in part: what is known of each of its items, and which of them are still open. */
export class Remains<A> {
  readonly #keys: readonly string[]
  readonly #answerOf: (outcome: unknown) => A
  readonly #answers = new Map<number, A>()
  readonly #errors = new Map<number, CacheError>()

  /** `answerOf`: the answer that stands in the outcome of one key. */
  constructor(keys: readonly string[], failure: CacheError, answerOf: (outcome: unknown) => A) {
    this.#keys = keys
    this.#answerOf = answerOf
    this.failed([...keys.keys()], failure)
  }

  /** The places of those that may be asked again. */
  get open(): readonly number[] {
    return [...this.#errors].flatMap(([place, error]) => (mayPass(error) ? [place] : []))
  }

  /** All answers, where there are all. */
  get answers(): readonly A[] | undefined {
    const answers = [...this.#answers].sort(([a], [b]) => a - b).map(([, answer]) => answer)
    return answers.length === this.#keys.length ? answers : undefined
  }

  isInDoubt(place: number): boolean {
    return this.#errors.get(place)?.outcome === 'unknown'
  }

  answered(place: number, answer: A): void {
    this.#errors.delete(place)
    this.#answers.set(place, answer)
  }

  /** A failure of these. Where one was in doubt before, it still is. */
  failed(places: readonly number[], failure: CacheError): void {
    const outcomes = new Map(failure.outcomes?.map((one) => [one.key, one]))
    for (const place of places) {
      const outcome = outcomes.get(this.#keys[place] ?? '')
      if (outcome !== undefined && 'value' in outcome) {
        this.answered(place, this.#answerOf(outcome.value))
        continue
      }
      const error = outcome?.error ?? failure
      this.#errors.set(place, this.isInDoubt(place) ? restated(error, { outcome: 'unknown' }) : error)
    }
  }

  /** Nobody can say what became of it, and to ask again might do it twice. */
  leave(place: number): void {
    const error = this.#errors.get(place)
    if (error !== undefined) this.#errors.set(place, restated(error, { retry: 'exhausted', outcome: 'unknown' }))
  }

  /** What the batch as a whole fails with as things are: it may pass as long as a part of it may. */
  failure(writes: boolean): CacheError {
    const errors = [...this.#errors.values()]
    const [first] = [...errors.filter(mayPass), ...errors]
    if (first === undefined) throw new RangeError('expected a failure of a part at least')
    if (this.#keys.length === 1) return first
    const isUnknown = (writes && this.#answers.size > 0) || errors.some(({ outcome }) => outcome === 'unknown')
    return restated(first, { outcomes: this.#outcomes(), outcome: isUnknown ? 'unknown' : 'none' })
  }

  #outcomes(): readonly KeyOutcome[] {
    return this.#keys.map((key, place) => {
      const error = this.#errors.get(place)
      return error === undefined ? { key, value: this.#answers.get(place) } : { key, error }
    })
  }
}
