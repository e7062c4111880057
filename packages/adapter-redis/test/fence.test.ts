import { expect, test } from 'vitest'
import { fits } from '../src/answers.js'
import type { Command } from '../src/command.js'
import { redis } from '../src/index.js'
import { CHANGE, HEADS } from '../src/scripts.js'
import { bulk, fakeServer, list } from './fake-server.js'
import { callOf, failureOf, put } from './using.js'

test.each(['$-1\r\n', '*-1\r\n', ':1\r\n', '+OK\r\n', '-ERR none\r\n'])(
  'answers that nobody asked for end the connection, and nothing else: %j',
  async (unasked) => {
    let isRubbish = true
    await using server = await fakeServer(() => (isRubbish ? unasked.repeat(9) : list(['$-1\r\n'])))
    const store = redis({ connection: { host: '127.0.0.1', port: server.port } })
    expect(await failureOf(() => store.read(['k'], callOf(500)))).not.toBe('none')
    isRubbish = false
    expect(await store.read(['k'], callOf())).toEqual([undefined])
    await store.close()
  },
)

test.each([
  ['a list that is too short', list([]), 'BACKEND yes none'],
  ['something else than bytes', list([':1\r\n']), 'BACKEND yes none'],
  ['no list', bulk('value'), 'BACKEND yes none'],
])('an answer that is none to a read is no miss: %s', async (_, answer, failure) => {
  await using server = await fakeServer(([name]) => (name === 'MGET' ? answer : '+OK\r\n'))
  const store = redis({ connection: { host: '127.0.0.1', port: server.port } })
  expect(await failureOf(() => store.read(['k'], callOf(500)))).toBe(failure)
  await store.close()
})

test('an answer that is none to a write leaves open whether it has happened', async () => {
  await using server = await fakeServer(() => '$-1\r\n')
  const store = redis({ connection: { host: '127.0.0.1', port: server.port } })
  expect(await failureOf(() => store.write([put('k', 'v')], callOf(500)))).toBe('BACKEND yes unknown')
  expect(await failureOf(() => store.write([put('k', 'v', { when: 'absent' })], callOf(500)))).toBe(
    'BACKEND yes unknown',
  )
  await store.close()
})

test.each<[Command, unknown, boolean]>([
  [['GET', 'k'], Buffer.from('v'), true],
  [['GET', 'k'], 1, false],
  [['MGET', 'k', 'l'], [null, Buffer.from('v')], true],
  [['MGET', 'k', 'l'], [null], false],
  [['SET', 'k', 'v'], Buffer.from('OK'), true],
  [['SET', 'k', 'v'], null, false],
  [['UNLINK', 'k'], 3, true],
  [['UNLINK', 'k'], '3', true],
  [['UNLINK', 'k'], [3], false],
  [['EVALSHA', CHANGE.sha, 1, 'k'], 1, true],
  [['EVAL', CHANGE.text, 1, 'k'], 2, false],
  [['EVALSHA', HEADS.sha, 1, 'k'], [null, 0], true],
  [['EVALSHA', HEADS.sha, 1, 'k'], [0, null], false],
  [['EVAL', HEADS.text, 0], [], true],
  [['SCAN', '0'], 'anything', true],
])('what can be an answer to %j', (command, answer, expected) => {
  expect(fits(answer, command)).toBe(expected)
})
