/** Real servers on this machine, started by a test and stopped with it. */

export { type ClusterOptions, type RedisCluster, redisCluster } from './servers/cluster.js'
export type { Server } from './servers/local-server.js'
export { type MemcachedOptions, type MemcachedServer, memcachedServer } from './servers/memcached.js'
export type { Login } from './servers/memcached-wire.js'
export { installServers, missingServers, type Program } from './servers/programs.js'
export { type RedisOptions, type RedisServer, redisServer } from './servers/redis.js'
export type { Reply } from './servers/resp.js'
export { type RedisSentinel, redisSentinel, type SentinelOptions } from './servers/sentinel.js'
