import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { redisServer } from '@cachette/conformance/servers'
import { SEPARATOR } from '@cachette/core'
import { expect, test } from 'vitest'
import { redis } from '../src/index.js'
import { callOf, failureOf, put, textOf } from './using.js'

test('over TLS, with the authority that signed the server', async () => {
  await using server = await redisServer({ tls: true })
  const trusting = redis({ url: server.url, connection: { tls: { ca: server.ca } } })
  await trusting.write([put('k', 'v')], callOf())
  expect(await textOf(trusting, 'k')).toBe('v')
  await trusting.close()
  const wary = redis({ url: server.url })
  expect(await failureOf(() => wary.read(['k'], callOf()))).toBe('BACKEND no none')
  await wary.close()
})

test('with a password, and without the right one', async () => {
  await using server = await redisServer({ password: 'a p@ss/word' })
  const store = redis({ url: server.url })
  await store.write([put('k', 'v')], callOf())
  expect(await textOf(store, 'k')).toBe('v')
  await store.close()
  for (const password of [undefined, 'wrong']) {
    const refused = redis({
      connection: { host: '127.0.0.1', port: server.port, ...(password !== undefined && { password }) },
    })
    const error: unknown = await Promise.resolve(refused.read(['k'], callOf())).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'BACKEND', retry: 'no', outcome: 'none' })
    expect(inspect(error, { depth: 9 })).not.toContain('wrong')
    await refused.close()
  }
})

test('a user who may do no more than is needed, and one who may do less', async () => {
  await using server = await redisServer()
  const own = [`~cachette${SEPARATOR}*`, 'resetchannels', '-@all']
  const needed = ['+mget', '+get', '+set', '+unlink', '+scan', '+eval', '+evalsha', '+getrange', '+strlen', '+exists']
  await server.command('ACL', 'SETUSER', 'cache', 'on', '>pass', ...own, ...needed)
  await server.command('ACL', 'SETUSER', 'reader', 'on', '>pass', ...own, '+mget', '+get')
  const store = redis({ url: `redis://cache:pass@127.0.0.1:${server.port}` })
  await store.write([put('k', 'v', { when: 'absent' }), put('other', 'v')], callOf())
  expect(await textOf(store, 'k')).toBe('v')
  await store.clear('', callOf())
  expect(await textOf(store, 'k')).toBe(undefined)
  const reader = redis({ url: `redis://reader:pass@127.0.0.1:${server.port}` })
  expect(await textOf(reader, 'k')).toBe(undefined)
  expect(await failureOf(() => reader.write([put('k', 'v')], callOf()))).toBe('BACKEND no none')
  await Promise.all([store.close(), reader.close()])
})

test.each([
  [
    'an older one',
    '*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n6.2.1\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n',
    'got 6.2.1',
  ],
  ['one before there was HELLO', "-ERR unknown command 'HELLO', with args beginning with: \r\n", 'knows no HELLO'],
])('a server that is too old is refused, and says so: %s', async (_, hello, says) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      for (const command of data.toString().match(/\*\d+\r\n\$\d+\r\n\w+/g) ?? []) {
        socket.write(command.toUpperCase().endsWith('HELLO') ? hello : '+OK\r\n')
      }
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const store = redis({ connection: { host: '127.0.0.1', port } })
  await expect(store.read(['k'], callOf())).rejects.toMatchObject({
    code: 'BACKEND',
    retry: 'no',
    message: expect.stringContaining(says),
  })
  await store.close()
  server.close()
})

test('a database that is not there is refused, instead of another being used', async () => {
  await using server = await redisServer()
  const store = redis({ url: `redis://127.0.0.1:${server.port}/99` })
  expect(await failureOf(() => store.write([put('k', 'v')], callOf()))).toBe('BACKEND no none')
  expect(await server.command('DBSIZE')).toBe(0)
  await store.close()
})
