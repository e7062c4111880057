import { memcachedServer, redisServer } from '@cachette/conformance/servers'
import { expect, test } from 'vitest'
import { memcached } from '../src/index.js'
import { addressOf, callOf, failureOf, put, textOf } from './using.js'

const LOGIN = { user: 'cache', password: 'a p@ss:word' }

test('with a login, without one, and with a wrong one', async () => {
  await using server = await memcachedServer({ sasl: LOGIN })
  const servers = [addressOf(server)]
  const store = memcached({ servers, login: { username: LOGIN.user, password: LOGIN.password } })
  expect(await store.write([put('k', 'v')], callOf())).toEqual([true])
  expect(await textOf(store, 'k')).toBe('v')
  await server.restart()
  expect(await textOf(store, 'k')).toBe(undefined)
  await store.close()
  for (const login of [undefined, { username: LOGIN.user, password: 'wrong' }, { username: 'nobody', password: 'x' }]) {
    const refused = memcached({ servers, login })
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await failureOf(() => refused.read(['k'], callOf()))).toBe('BACKEND no none')
    }
    await refused.close()
  }
})

test('a server that speaks another protocol is an error in time', async () => {
  await using server = await redisServer()
  const store = memcached({ servers: [addressOf(server)], connectMs: 200 })
  expect(await failureOf(() => store.read(['k'], callOf(1_000)))).toMatch(/^(TIMEOUT|UNAVAILABLE|BACKEND) yes none$/)
  await store.close()
})
