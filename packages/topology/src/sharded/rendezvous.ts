/** Something that keys are spread over. The same name and weight give it the same keys everywhere. */
export interface Bucket {
  readonly name: string
  readonly weight: number
}

/**
 * Where each key belongs, by rendezvous hashing: every bucket gives every key a score of its own, and the highest
 * wins. One bucket more or less moves the keys that it wins or had, and no other.
 */
export class Rendezvous<B extends Bucket> {
  readonly buckets: readonly B[]
  readonly #seeds: readonly number[]

  constructor(buckets: readonly B[]) {
    this.buckets = buckets
    this.#seeds = buckets.map(({ name }) => hashOf(name))
  }

  /** Undefined only where there is no bucket at all. */
  ownerOf(key: string): B | undefined {
    const [first] = this.buckets
    if (this.buckets.length < 2) return first
    const hash = hashOf(key)
    let owner = first
    let best = Number.NEGATIVE_INFINITY
    for (const [index, bucket] of this.buckets.entries()) {
      // The logarithm makes shares proportional to weights; it is negative, so less is more.
      const score = bucket.weight / -Math.log(fractionOf(hash, this.#seeds[index] ?? 0))
      if (score > best) {
        best = score
        owner = bucket
      }
    }
    return owner
  }
}

/** FNV-1a over the UTF-16 units, both bytes of each. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  return mixed(hash)
}

/** Above 0 and below 1, from both hashes. */
function fractionOf(key: number, seed: number): number {
  const high = mixed(key ^ seed)
  const low = mixed(high + Math.imul(seed, 0x9e3779b1))
  return ((high >>> 5) * 0x4000000 + (low >>> 6) + 0.5) / 2 ** 53
}

/** Every bit of the number bears on every bit of what comes out: the last steps of MurmurHash3. */
function mixed(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
