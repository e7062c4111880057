const START_SHARE = 0.01
const LEAST_SHARE = 0.01
const MOST_SHARE = 0.8
const STEP = 0.0625
/** The steps get smaller, until the hit rate changes by so much at once: then the traffic is another. */
const STEP_FADES = 0.98
const NEW_TRAFFIC = 0.05
/** How many requests a step is judged by, for each entry. */
const SAMPLES_PER_ENTRY = 10

/** Looks for the share of the room that gives the most hits, by going on where it got better and back where it got worse. */
export class Climber {
  readonly #climbs: boolean
  share: number
  #step = -STEP
  #hits = 0
  #requests = 0
  #hitRate = 0

  /** With a share it stays there. */
  constructor(share?: number) {
    this.#climbs = share === undefined
    this.share = share ?? START_SHARE
  }

  asked(isHit: boolean, entries: number): void {
    if (!this.#climbs) return
    this.#requests += 1
    if (isHit) this.#hits += 1
    if (this.#requests >= entries * SAMPLES_PER_ENTRY) this.#climb()
  }

  #climb(): void {
    const hitRate = this.#hits / this.#requests
    const gain = hitRate - this.#hitRate
    const step = gain >= 0 ? this.#step : -this.#step
    this.share = Math.min(Math.max(this.share + step, LEAST_SHARE), MOST_SHARE)
    this.#step = Math.abs(gain) >= NEW_TRAFFIC ? Math.sign(step) * STEP : step * STEP_FADES
    this.#hitRate = hitRate
    this.#hits = 0
    this.#requests = 0
  }
}
