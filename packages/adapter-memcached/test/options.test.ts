import { isCacheError } from '@cachette/core'
import { expect, test } from 'vitest'
import { type MemcachedOptions, memcached } from '../src/index.js'
import { parse } from '../src/options.js'

function said(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return isCacheError(error) ? `${error.code}: ${error.message}` : `untyped: ${String(error)}`
  }
  return 'nothing'
}

test.each<[string, unknown, string]>([
  ['an unknown name', { server: ['localhost'] }, 'did you mean "servers"?'],
  ['no servers', { servers: [] }, 'at least one, got none'],
  ['one server twice', { servers: ['localhost', 'localhost:11211'] }, 'localhost:11211 twice'],
  ['a server without a host', { servers: [':11211'] }, 'host:port'],
  ['a server with a login in its name', { servers: ['user:pass@localhost'] }, 'host:port'],
  ['a port that is none', { servers: ['localhost:99999'] }, 'expected port'],
  ['an unknown name about a server', { servers: [{ host: 'a', weigth: 2 }] }, 'did you mean "weight"?'],
  ['a weight of nothing', { servers: [{ host: 'a', weight: 0 }] }, 'expected weight'],
  ['a login without a password', { login: { username: 'u' } }, 'expected password'],
  ['a root with a separator', { root: 'a\u241fb' }, 'expected root'],
  ['a root that is too long', { root: 'é'.repeat(33) }, 'at most 64 bytes'],
  ['no time to connect', { connectMs: 0 }, 'expected connectMs'],
  ['items that hold nothing', { maxItemBytes: 100 }, '16384 or more'],
  ['values of no bytes', { maxValueBytes: 0 }, 'expected maxValueBytes'],
  ['a clock that does not tick', { clock: {} }, 'expected clock'],
])('%s is refused', (_, options, says) => {
  const text = said(() => memcached(options as MemcachedOptions))
  expect(text).toContain('INVALID_OPTION')
  expect(text).toContain(says)
  expect(text).not.toContain('pass@')
})

test('servers are told as text or in full', () => {
  const { servers } = parse({
    servers: ['a', 'b.example.org:1', '[::1]:2', '[::1]', { host: 'c', port: 3, weight: 2 }],
  })
  expect(servers).toEqual([
    { host: 'a', port: 11_211, weight: 1 },
    { host: 'b.example.org', port: 1, weight: 1 },
    { host: '::1', port: 2, weight: 1 },
    { host: '::1', port: 11_211, weight: 1 },
    { host: 'c', port: 3, weight: 2 },
  ])
})

test('what fits into an item follows from how large items may be, and more is taken where it is said', () => {
  expect(memcached({ maxItemBytes: 65_536 }).traits.maxValueBytes).toBe(65_536 - 4_608)
  expect(memcached({ maxValueBytes: 10_000_000 }).traits.maxValueBytes).toBe(10_000_000)
})
