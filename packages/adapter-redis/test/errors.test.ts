import { expect, test } from 'vitest'
import { replyWord, tooLate, translated } from '../src/errors.js'

const WRITE = { operation: 'write', source: 'redis', isSent: true }

const reply = (message: string): Error =>
  Object.assign(new Error(message), { name: 'ReplyError', command: { args: ['secret'] } })

test.each([
  ["OOM command not allowed when used memory > 'maxmemory'.", 'FULL', 'no'],
  ["READONLY You can't write against a read only replica.", 'READ_ONLY', 'yes'],
  ['NOREPLICAS Not enough good replicas to write.', 'READ_ONLY', 'yes'],
  ['MISCONF Redis is configured to save RDB snapshots', 'READ_ONLY', 'no'],
  ['LOADING Redis is loading the dataset in memory', 'UNAVAILABLE', 'yes'],
  ['BUSY Redis is busy running a script.', 'UNAVAILABLE', 'yes'],
  ['MASTERDOWN Link with MASTER is down', 'UNAVAILABLE', 'yes'],
  ['CLUSTERDOWN The cluster is down', 'UNAVAILABLE', 'yes'],
  ['MOVED 1 127.0.0.1:7000', 'UNAVAILABLE', 'yes'],
  ['ASK 1 127.0.0.1:7000', 'UNAVAILABLE', 'yes'],
  ['TRYAGAIN Multiple keys request during rehashing of slot', 'UNAVAILABLE', 'yes'],
  ['NOAUTH Authentication required.', 'BACKEND', 'no'],
  ['WRONGPASS invalid username-password pair', 'BACKEND', 'no'],
  ["NOPERM this user has no permissions to run the 'set' command", 'BACKEND', 'no'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'BACKEND', 'no'],
  ['ERR unknown', 'BACKEND', 'no'],
  ['SOMETHINGNEW altogether', 'BACKEND', 'no'],
])('what the server refuses has not happened: %s', (message, code, retry) => {
  const error = translated(reply(message), WRITE)
  expect(error).toMatchObject({ code, retry, outcome: 'none', details: { reply: message.split(' ')[0] } })
  expect(replyWord(error)).toBe(message.split(' ')[0])
  expect(error.cause).not.toHaveProperty('command')
})

test.each([
  ['Connection is closed.', 'UNAVAILABLE', 'yes', 'unknown'],
  ['Reached the max retries per request limit (which is 0). Refer to …', 'UNAVAILABLE', 'yes', 'unknown'],
  ['Command timed out', 'TIMEOUT', 'yes', 'unknown'],
  ['All sentinels are unreachable and retry is disabled.', 'UNAVAILABLE', 'yes', 'unknown'],
  ['Unknown RESP type. Please report this.', 'BACKEND', 'yes', 'unknown'],
  ['something else', 'BACKEND', 'no', 'unknown'],
])('what was sent and not answered may have happened: %s', (message, code, retry, outcome) => {
  expect(translated(new Error(message), WRITE)).toMatchObject({ code, retry, outcome })
  expect(translated(new Error(message), { ...WRITE, isSent: false }).outcome).toBe('none')
  expect(translated(new Error(message), { ...WRITE, operation: 'read' }).outcome).toBe('none')
})

test('what the system says is taken as it is', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  expect(translated(refused, { ...WRITE, isSent: false })).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' })
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  expect(translated(reset, WRITE)).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
  expect(translated('thrown', WRITE)).toMatchObject({ code: 'BACKEND' })
})

test('what is late may have happened only if it was sent', () => {
  expect(tooLate(WRITE)).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
  expect(tooLate({ ...WRITE, isSent: false })).toMatchObject({ code: 'TIMEOUT', outcome: 'none' })
})
