import type { CacheError } from '@cachette/core'
import { Cluster, type RedisOptions as DriverOptions, Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { type RedisBusOptions, type RedisOptions, redis, redisBus } from '../src/index.js'
import { connectionOf } from '../src/options.js'

const said = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return (error as CacheError).message
  }
  return 'nothing'
}

test.each<[string, unknown, string]>([
  ['an unknown name', { roots: 'a' }, 'did you mean "root"'],
  ['a root with the separator', { root: 'a\u241fb' }, 'expected root'],
  ['an empty root', { root: '' }, 'expected root'],
  ['a scheme that is another', { url: 'http://localhost' }, 'redis://host:port'],
  ['no URL', { url: 'localhost' }, 'redis://host:port'],
  ['a query', { url: 'redis://localhost?db=1' }, 'after the number of the database'],
  ['a path that is no number', { url: 'redis://localhost/a' }, 'after the number of the database'],
  ["a driver option that is the store's business", { connection: { keyPrefix: 'a' } }, 'no option "keyPrefix"'],
  ['two ways to one place', { url: 'redis://localhost', cluster: ['redis://localhost'] }, 'cluster alone'],
  ['a cluster of nobody', { cluster: [] }, 'at least one server'],
  ['half of what waiting takes', { wait: { replicas: 1 } }, 'timeoutMs'],
  ['an unknown kind of eviction', { evicts: 'some' }, 'expected evicts'],
])('the store refuses %s', (_, options, says) => {
  expect(said(() => redis(options as RedisOptions))).toContain(says)
})

test.each<[string, unknown, string]>([
  ['an unknown name', { chanel: 'a' }, 'no option'],
  ['a heartbeat that never beats', { heartbeatMs: Infinity }, 'heartbeatMs'],
  ['a driver option that is not its business', { connection: { db: 1, monitor: true } }, 'no option "monitor"'],
])('the bus refuses %s', (_, options, says) => {
  expect(said(() => redisBus(options as RedisBusOptions))).toContain(says)
})

test('a URL says where, and connection goes before it', () => {
  expect(connectionOf('redis://me:p%40ss@[::1]:7000/3', { db: 4, family: 6 })).toEqual({
    host: '::1',
    port: 7000,
    username: 'me',
    password: 'p@ss',
    db: 4,
    family: 6,
  })
  expect(connectionOf('rediss://example.org')).toEqual({ host: 'example.org', port: 6379, tls: {} })
})

test.each<[string, DriverOptions, string, string]>([
  ['repeats', {}, 'maxRetriesPerRequest', 'maxRetriesPerRequest: 0'],
  ['endless repeats', { maxRetriesPerRequest: null }, 'maxRetriesPerRequest', 'maxRetriesPerRequest: 0'],
  ['a prefix', { maxRetriesPerRequest: 0, keyPrefix: 'a:' }, 'keyPrefix', 'root'],
  ['no way back', { maxRetriesPerRequest: 0, retryStrategy: null }, 'retryStrategy', 'leave retryStrategy'],
  ['a replica', { maxRetriesPerRequest: 0, readOnly: true }, 'readOnly', 'readOnly: false'],
  ['a monitor', { maxRetriesPerRequest: 0, monitor: true }, 'monitor', 'of its own'],
])('a client with %s is refused, with the setting and its remedy', (_, options, setting, remedy) => {
  const client = new Redis({ ...options, lazyConnect: true, replyMapping: 'legacy' })
  const text = said(() => redis({ client }))
  expect(text).toContain(`another ${setting} of the client`)
  expect(text).toContain(remedy)
  client.disconnect()
})

test.each<[string, ConstructorParameters<typeof Cluster>[1], string]>([
  ['a prefix', { keyPrefix: 'a:' }, 'keyPrefix'],
  ['a prefix of its servers', { redisOptions: { keyPrefix: 'a:' } }, 'keyPrefix'],
  ['repeats', { clusterNodeRetryStrategy: () => 10 }, 'redisOptions.maxRetriesPerRequest'],
  ['no way back', { clusterRetryStrategy: () => null, lazyConnect: true }, 'nothing'],
])('a client of a cluster with %s is judged too', (_, options, setting) => {
  const client = new Cluster([{ host: '127.0.0.1', port: 1 }], { ...options, lazyConnect: true })
  expect(said(() => redis({ client }))).toContain(setting)
  client.disconnect()
})

test('a client and another place do not go together', () => {
  const client = new Redis({ lazyConnect: true, maxRetriesPerRequest: 0 })
  expect(said(() => redis({ client, url: 'redis://localhost' }))).toContain('client alone')
  client.disconnect()
})
