/** About how often a key was asked for: in the last period, and in the one before. */
export interface Frequency {
  readonly recent: number
  readonly before: number
}

/** Rows of counters; a key has one in each, and the lowest of them is the nearest to the truth. */
const ROWS = 4
/** A power of two. In each period, one estimate in 55 is too high by more than e / 1,024 of all that came in it. */
const WIDTH = 1_024

/**
 * The frequency of any key, in fixed memory (three times 16 kB): count-min sketches of this period and the last two.
 * What lies back less than a whole period is counted in proportion.
 */
export class Trend {
  readonly #periodMs: number
  readonly #seed: number
  /** The newest first. */
  #sketches = [newSketch(), newSketch(), newSketch()] as const
  /** When this period ends; every period begins at a multiple of its length. */
  #endsAt = -Infinity
  #one = 0
  #other = 0

  constructor(periodMs: number, seed: number) {
    this.#periodMs = periodMs
    this.#seed = seed
  }

  add(key: string, now: number, weight: number): void {
    if (!(now < this.#endsAt)) this.#age(now)
    const [current] = this.#sketches
    this.#hash(key)
    for (let row = 0; row < ROWS; row += 1) {
      const place = this.#place(row)
      current[place] = (current[place] ?? 0) + weight
    }
  }

  of(key: string, now: number): Frequency {
    this.#age(now)
    this.#hash(key)
    const [current, last, older] = this.#sketches
    const left = Math.min(Math.max((this.#endsAt - now) / this.#periodMs, 0), 1)
    const whole = this.#lowest(last)
    return { recent: this.#lowest(current) + whole * left, before: whole * (1 - left) + this.#lowest(older) * left }
  }

  #age(now: number): void {
    const periods = Math.floor((now - this.#endsAt) / this.#periodMs) + 1
    if (!(periods > 0)) return
    const [current, last, oldest] = this.#sketches
    oldest.fill(0)
    if (periods > 1) last.fill(0)
    if (periods > 2) current.fill(0)
    this.#sketches = periods === 2 ? [oldest, last, current] : [oldest, current, last]
    this.#endsAt = (Math.floor(now / this.#periodMs) + 1) * this.#periodMs
  }

  /** Two hashes, which give a place in every row. */
  #hash(key: string): void {
    let one = this.#seed
    let other = 0
    for (let index = 0; index < key.length; index += 1) {
      one = Math.imul(one ^ key.charCodeAt(index), 0x0100_0193)
      other = Math.imul(other, 31) + key.charCodeAt(index)
    }
    this.#one = mixed(one)
    this.#other = mixed(other ^ one) | 1
  }

  #place(row: number): number {
    return row * WIDTH + ((this.#one + Math.imul(row, this.#other)) & (WIDTH - 1))
  }

  #lowest(sketch: Uint32Array): number {
    let least = Infinity
    for (let row = 0; row < ROWS; row += 1) least = Math.min(least, sketch[this.#place(row)] ?? 0)
    return least
  }
}

function newSketch(): Uint32Array {
  return new Uint32Array(ROWS * WIDTH)
}

/** Every bit of the input moves every bit of the output. */
function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2_ae35)
  return twice ^ (twice >>> 16)
}
