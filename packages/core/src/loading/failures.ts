/** Failed loads that are not to be tried again for a while. Bounded: the oldest is forgotten first. */
export class Failures {
  readonly #failures = new Map<string, Failure>()

  /** The failure that still stands. */
  current(key: string, now: number): Failure | undefined {
    const failure = this.#failures.get(key)
    return failure !== undefined && now < failure.until ? failure : undefined
  }

  /** `backoffMs` doubles with each failure in a row; `rememberMs` does not. */
  add(key: string, error: unknown, now: number, backoffMs: number, rememberMs: number): void {
    const times = (this.#failures.get(key)?.times ?? 0) + 1
    const backoff = backoffMs * 2 ** Math.min(times - 1, MAX_DOUBLINGS)
    this.#failures.delete(key)
    this.#failures.set(key, {
      error,
      times,
      until: now + Math.max(backoff, rememberMs),
      rememberedUntil: now + rememberMs,
    })
    if (this.#failures.size <= MAX_REMEMBERED) return
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest)
      return
    }
  }

  forget(key: string): void {
    if (this.#failures.size > 0) this.#failures.delete(key)
  }
}

export interface Failure {
  readonly error: unknown
  readonly times: number
  /** Until then a caller that can be served otherwise starts no load. */
  readonly until: number
  /** Until then a caller that cannot is given the failure. */
  readonly rememberedUntil: number
}

const MAX_DOUBLINGS = 5
const MAX_REMEMBERED = 10_000
