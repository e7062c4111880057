import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type Address, idOf } from './options.js'

/** Of a server of weight 1; with more of them shares differ less, by about 1 in their square root. */
const POINTS = 256

/** A digest gives so many points. */
const POINTS_PER_DIGEST = 8

interface Point {
  readonly at: number
  readonly server: number
  readonly id: string
}

/**
 * Which server has a key: the one whose point on a circle comes next after that of the key. A server that comes or goes
 * takes or leaves its own keys, and all others stay where they are.
 */
export class Ring {
  readonly #ats: Uint32Array
  readonly #servers: readonly number[]

  /** Their order does not matter: processes may name them in any. */
  constructor(servers: readonly Address[]) {
    const points = servers.flatMap((server, index) => pointsOf(server, index))
    points.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    this.#ats = Uint32Array.from(points, ({ at }) => at)
    this.#servers = points.map(({ server }) => server)
  }

  /** The index of the server that has it. */
  serverOf(key: string): number {
    const at = mixed(crc32(key))
    let low = 0
    let high = this.#ats.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ats[middle] ?? 0) < at) low = middle + 1
      else high = middle
    }
    return this.#servers[low] ?? this.#servers[0] ?? 0
  }
}

function pointsOf(address: Address, server: number): Point[] {
  const id = idOf(address)
  const count = Math.max(1, Math.round(POINTS * address.weight))
  return Array.from({ length: Math.ceil(count / POINTS_PER_DIGEST) }, (_, index) => {
    const digest = createHash('sha256').update(`${id}#${index}`).digest()
    return Array.from({ length: Math.min(POINTS_PER_DIGEST, count - index * POINTS_PER_DIGEST) }, (_, place) => ({
      at: digest.readUInt32BE(4 * place),
      server,
      id,
    }))
  }).flat()
}

/** Spreads what differs in few bits over all of them: a checksum alone leaves keys that are alike close together. */
function mixed(checksum: number): number {
  let hash = checksum
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
