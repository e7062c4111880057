import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { failed } from './until.js'

export const LOOPBACK = '127.0.0.1'

/** How far from its port a node of a cluster listens for the other nodes. */
export const BUS_DISTANCE = 10_000

/** Below the ports that systems give to outgoing connections, with room for the other port of a cluster's node. */
const FIRST = 10_240
const LAST = 22_767

const TRIES = 200

/**
 * A port on which nothing listens now, and none of those `also` so far above it. Somebody else may take it before it
 * is used: who uses it tries again with another.
 */
export async function freePort(also: readonly number[] = []): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(FIRST, LAST + 1)
    const free = await Promise.all([port, ...also.map((distance) => port + distance)].map(isFree))
    if (free.every(Boolean)) return port
  }
  throw failed(`found no free port on ${LOOPBACK} between ${FIRST} and ${LAST}`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
