import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Group } from '../src/servers/group.js'
import { statistics } from '../src/servers/memcached-wire.js'
import { located } from '../src/servers/programs.js'
import { quoted } from '../src/servers/redis.js'
import { converse, fieldsIn, listIn } from '../src/servers/resp.js'
import { saslIn } from '../src/servers/sasl.js'
import { failed, until, within } from '../src/servers/until.js'
import { memcachedServer, type RedisServer, redisServer } from '../src/servers.js'

vi.setConfig({ testTimeout: 30_000 })

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachette-pieces-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const SOON = { withinMs: 5_000 }

/** A server that is neither of ours: it answers each connection with the same. */
async function answering(answer: Buffer | string, work: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()))
    socket.end(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const address = server.address()
    await work(typeof address === 'object' && address !== null ? address.port : 0)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

describe('waiting', () => {
  test('looks until there is something, whatever the looks before came to', async () => {
    const looks = [() => Promise.reject(new Error('not yet')), async () => undefined, async () => 'there']
    expect(await until('a thing', async () => looks.shift()?.(), SOON)).toBe('there')
  })

  test('says what the last look failed with, and the end of the log', async () => {
    const look = (reason: unknown) => () => Promise.reject<undefined>(reason)
    const waiting = { withinMs: 0, log: () => ' a line \n' }
    await expect(until('a thing', look(new Error('no')), waiting)).rejects.toMatchObject({
      code: 'TIMEOUT',
      retry: 'no',
      message: 'TIMEOUT: a thing: not within 0 ms (no)\nThe end of its log:\na line',
    })
    await expect(until('a thing', look('no'), { withinMs: 0 })).rejects.toThrow(/not within 0 ms$/)
    await expect(until('a thing', async () => undefined, { withinMs: 0 })).rejects.toThrow(/not within 0 ms$/)
  })

  test('work has its time too', async () => {
    const never = new Promise<never>(() => undefined)
    await expect(within('a thing', never, { withinMs: 1, log: () => 'a line' })).rejects.toThrow('a line')
    await expect(within('a thing', Promise.reject(new Error('at once')), SOON)).rejects.toThrow('at once')
  })
})

describe('what Redis says', () => {
  test('comes in pieces, and in lists of lists', async () => {
    const redis = await redisServer()
    try {
      const items = Array.from({ length: 20_000 }, (_, index) => `item ${index}`)
      await redis.command('RPUSH', 'list', ...items)
      expect(await redis.command('LRANGE', 'list', '0', '-1')).toEqual(items)
      expect(await redis.command('EVAL', "return {1, {'a', {}}, false}", '0')).toEqual([1, ['a', []], null])
      await expect(redis.command('NONSENSE')).rejects.toThrow("ERR unknown command 'NONSENSE'")
    } finally {
      await redis.stop()
    }
  })

  test('is told from what something else says, or nobody', async () => {
    await answering('HTTP/1.1 400\r\n\r\n', async (port) => {
      await expect(converse({ port }, [['PING']])).rejects.toThrow('something that is not Redis answered: HTTP/1.1 400')
    })
    await answering('', async (port) => {
      await expect(converse({ port }, [['PING']])).rejects.toThrow('the connection was closed')
    })
    await expect(converse({ port: 1 }, [['PING']])).rejects.toThrow('ECONNREFUSED')
  })

  test('is a map or a list, or neither', () => {
    expect(fieldsIn(['a', 1, 'b', null, 'c'])).toEqual(
      new Map<string, unknown>([
        ['a', 1],
        ['b', null],
      ]),
    )
    expect(listIn('a')).toEqual([])
    expect(listIn(null)).toEqual([])
  })

  test('its configuration is quoted as it reads it', () => {
    expect(quoted('a "b" \\ c\nd')).toBe('"a \\"b\\" \\\\ c\\nd"')
  })
})

test('what something else says is told from what memcached says', async () => {
  await answering('ERROR\r\n'.padEnd(40, ' '), async (port) => {
    await expect(statistics(port, undefined, 5_000)).rejects.toThrow(/is not memcached|closed the connection/)
  })
  await answering(Buffer.concat([Buffer.of(0x80), Buffer.alloc(23)]), async (port) => {
    await expect(statistics(port, undefined, 5_000)).rejects.toThrow('something that is not memcached answered')
  })
})

test('a program that is missing is installed when it is needed, if it may be', async () => {
  writeFileSync(join(folder, 'apt-get'), `#!/bin/sh\ncp $0 ${folder}/memcached\n`)
  chmodSync(join(folder, 'apt-get'), 0o755)
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, CACHETTE_INSTALL_SERVERS: '1' }
  expect(await located('memcached', { env, folders: [folder], isRoot: true })).toBe(join(folder, 'memcached'))
  await expect(located('openssl', { env, folders: [folder], isRoot: false })).rejects.toThrow('apt-get install openssl')
})

test('a data base of users that cannot be made says why', async () => {
  const nowhere = join(folder, 'missing')
  await expect(saslIn(nowhere, { user: 'a', password: 'b' })).rejects.toThrow(/^UNAVAILABLE: saslpasswd2 failed/)
})

test('of a group that cannot be whole, nothing is left', async () => {
  const group = new Group<RedisServer>()
  const one = redisServer()
  await expect(group.start([one, Promise.reject(failed('not this one'))])).rejects.toThrow('not this one')
  expect(group.log).toContain('Ready to accept connections')
  await group[Symbol.asyncDispose]()
  const { running, folder: its } = await one
  expect({ running, isThere: existsSync(its) }).toEqual({ running: false, isThere: false })
})

test('many at once, from one process, all get ports of their own', async () => {
  const servers = await Promise.all(Array.from({ length: 8 }, () => memcachedServer()))
  expect(new Set(servers.map(({ port }) => port)).size).toBe(8)
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
})
