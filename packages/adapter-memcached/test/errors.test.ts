import { createServer, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { memcached } from '../src/index.js'
import { addressOf, callOf, failureOf, put } from './using.js'

const OPCODES = { greet: 0x0a, set: 0x01, get: 0x0c, add: 0x02, delete: 0x04 }

interface Asked {
  readonly opcode: number
  readonly key: Buffer<ArrayBuffer>
  readonly opaque: number
}

/** Answers to what no real server can be brought to say: with a status and words, with bytes, or not at all. */
async function fakeServer(answer: (asked: Asked, socket: Socket) => Buffer | undefined) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    let rest = Buffer.alloc(0)
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      rest = Buffer.concat([rest, data])
      while (rest.length >= 24 && rest.length >= 24 + rest.readUInt32BE(8)) {
        const keyAt = 24 + (rest[4] ?? 0)
        const key = rest.subarray(keyAt, keyAt + rest.readUInt16BE(2))
        const said = answer({ opcode: rest[1] ?? 0, key, opaque: rest.readUInt32BE(12) }, socket)
        if (said !== undefined) socket.write(said)
        rest = rest.subarray(24 + rest.readUInt32BE(8))
      }
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function reply({ opcode, opaque }: Asked, status: number, body = '', extras = '', key = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(24)
  header[0] = 0x81
  header[1] = opcode
  header.writeUInt16BE(key.length, 2)
  header[4] = extras.length
  header.writeUInt16BE(status, 6)
  header.writeUInt32BE(body.length + extras.length + key.length, 8)
  header.writeUInt32BE(opaque, 12)
  return Buffer.concat([header, Buffer.from(extras, 'latin1'), key, Buffer.from(body, 'latin1')])
}

/** As a server that has one generation and else nothing; what is done to items is told. */
const usual = (asked: Asked): Buffer => {
  if (asked.opcode === OPCODES.get && asked.key.toString().includes('\u241fg'))
    return reply(asked, 0, 'g', '\0\0\0\0', asked.key)
  if (asked.opcode === OPCODES.get) return reply(asked, 1, '', '', asked.key)
  if (asked.opcode === OPCODES.add) return reply(asked, 2, 'Data exists for key.')
  return reply(asked, 0)
}

test.each([
  [0x03, 'Too large.', 'TOO_LARGE no none'],
  [0x04, 'Invalid arguments', 'BACKEND no none'],
  [0x20, 'Auth failure', 'BACKEND no none'],
  [0x81, 'Unknown command', 'BACKEND no none'],
  [0x82, 'Out of memory', 'FULL no none'],
  [0x83, 'Not supported', 'BACKEND no none'],
  [0x84, 'Internal error', 'UNAVAILABLE yes none'],
  [0x85, 'Busy', 'UNAVAILABLE yes none'],
  [0x86, 'Temporary failure', 'UNAVAILABLE yes none'],
  [0x99, 'Something new', 'BACKEND no none'],
])('status %i', async (status, words, expected) => {
  await using server = await fakeServer((asked) =>
    asked.opcode === OPCODES.set ? reply(asked, status, words) : usual(asked),
  )
  const store = memcached({ servers: [addressOf(server)] })
  const failure: unknown = await Promise.resolve(store.write([put('secret key', 'v')], callOf())).catch(
    (error: unknown) => error,
  )
  expect(await failureOf(() => Promise.reject(failure))).toBe(expected)
  expect(failure).toMatchObject({ operation: 'write', source: 'memcached' })
  expect(inspect(failure, { depth: 9 })).not.toContain('secret key')
  expect(await failureOf(() => store.write([put('k', 'v')], callOf()))).toBe(expected)
  await store.close()
})

test.each<[string, (asked: Asked) => Buffer]>([
  ['to another question', (asked) => reply({ ...asked, opaque: asked.opaque + 1 }, 0)],
  ['to another kind of question', (asked) => reply({ ...asked, opcode: OPCODES.delete }, 0)],
  ['that refuses without a word', (asked) => reply(asked, 0x82)],
  ['that has done it and says why not', (asked) => reply(asked, 0, 'Too large.')],
  ['that is something else altogether', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['that is longer than any', (asked) => Buffer.concat([reply(asked, 0).fill(0xff, 8, 12)])],
])('an answer %s is no answer, and ends the connection', async (_, said) => {
  await using server = await fakeServer((asked) => (asked.opcode === OPCODES.set ? said(asked) : usual(asked)))
  const store = memcached({ servers: [addressOf(server)] })
  expect(await failureOf(() => store.write([put('k', 'v')], callOf()))).toBe('BACKEND yes unknown')
  await store.close()
})

test('an item of another name, or one that is missing and has a value, is no answer to a read', async () => {
  for (const said of [
    (asked: Asked) => reply(asked, 0, 'x', '\0\0\0\0', Buffer.from('another')),
    (asked: Asked) => reply(asked, 1, 'x', '', asked.key),
  ]) {
    await using server = await fakeServer((asked) =>
      asked.opcode === OPCODES.get && asked.key.toString().includes('\u241fk') ? said(asked) : usual(asked),
    )
    const store = memcached({ servers: [addressOf(server)] })
    expect(await failureOf(() => store.read(['k'], callOf()))).toBe('BACKEND yes none')
    await store.close()
  }
})

test('the end of a connection in place of an answer is told at once, and the next call gets another', async () => {
  let isCutting = true
  await using server = await fakeServer((asked, socket) => {
    if (asked.opcode !== OPCODES.set || !isCutting) return usual(asked)
    socket.end()
    return undefined
  })
  const store = memcached({ servers: [addressOf(server)] })
  const begun = performance.now()
  expect(await failureOf(() => store.write([put('k', 'v')], callOf()))).toBe('UNAVAILABLE yes unknown')
  expect(performance.now() - begun).toBeLessThan(1_000)
  isCutting = false
  expect(await store.write([put('k', 'v')], callOf())).toEqual([true])
  await store.close()
})

test('who is not let in is told so before anything is asked', async () => {
  await using server = await fakeServer((asked) => reply(asked, 0x20, 'Auth failure'))
  const store = memcached({ servers: [addressOf(server)], login: { username: 'u', password: 'secret' } })
  const failure: unknown = await Promise.resolve(store.read(['k'], callOf())).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'BACKEND', retry: 'no', outcome: 'none' })
  expect(inspect(failure, { depth: 9 })).not.toContain('secret')
  await store.close()
})
