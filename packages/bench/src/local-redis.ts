/** A Redis, and a cluster of three, for as long as somebody is measured on it. */

import { type RedisCluster, type RedisServer, redisCluster, redisServer } from '@cachette/conformance/servers'

/** One for all that ask for it while it is there. */
class Shared<S extends { stop(): Promise<void> }> {
  readonly #start: () => Promise<S>
  #users = 0
  #started: Promise<S> | undefined

  constructor(start: () => Promise<S>) {
    this.#start = start
  }

  take(): Promise<S> {
    this.#users += 1
    this.#started ??= this.#start()
    return this.#started
  }

  async giveBack(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    const started = this.#started
    this.#started = undefined
    await (await started)?.stop()
  }
}

/** Subjects keep their keys apart by names of their own, so that one server does for all: none has a faster one. */
export const oneRedis = new Shared<RedisServer>(() => redisServer())

export const oneCluster = new Shared<RedisCluster>(() => redisCluster({ replicas: 0 }))
