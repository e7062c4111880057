import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { faultProxy } from '../src/proxy.js'
import { type Kind, LocalServer } from '../src/servers/local-server.js'
import { statistics } from '../src/servers/memcached-wire.js'
import { freePort } from '../src/servers/ports.js'
import { converse } from '../src/servers/resp.js'
import { until } from '../src/servers/until.js'
import { memcachedServer, redisServer } from '../src/servers.js'
import { exchange } from './support/text-client.js'

vi.setConfig({ testTimeout: 30_000 })

const orphan = built(new URL('./support/orphan.ts', import.meta.url))

async function using<S extends AsyncDisposable, T>(starting: Promise<S>, work: (server: S) => Promise<T>): Promise<T> {
  const server = await starting
  try {
    return await work(server)
  } finally {
    await server[Symbol.asyncDispose]()
  }
}

/** As the system has it: T is stopped, Z has ended and waits for somebody to take note of it. */
function stateOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0]
  } catch {
    // No such process: that is the answer.
    return undefined
  }
}

function lives(pid: number): boolean {
  return !['Z', undefined].includes(stateOf(pid))
}

async function gone(server: { readonly pid: number; readonly folder: string }): Promise<void> {
  const look = async (): Promise<true | undefined> =>
    lives(server.pid) || existsSync(server.folder) ? undefined : true
  await until('a server to be gone with its files', look, { withinMs: 5_000 })
}

describe('redis-server', () => {
  test('answers, keeps nothing over a restart unless told to, and leaves nothing', async () => {
    const { pid, folder } = await using(redisServer(), async (server) => {
      expect(server.url).toBe(`redis://127.0.0.1:${server.port}`)
      expect(await server.command('SET', 'key', 'välue')).toBe('OK')
      expect(await server.command('GET', 'key')).toBe('välue')
      expect(await server.command('MGET', 'key', 'other')).toEqual(['välue', null])
      expect(server.log).toContain('Ready to accept connections')
      const before = server.pid
      await server.restart()
      expect(server.pid).not.toBe(before)
      expect(lives(before)).toBe(false)
      expect(await server.command('DBSIZE')).toBe(0)
      return { pid: server.pid, folder: server.folder }
    })
    expect(lives(pid)).toBe(false)
    expect(existsSync(folder)).toBe(false)
  })

  test('what it has acknowledged survives a kill where it is persistent, until it is emptied', async () => {
    await using(redisServer({ persistent: true }), async (server) => {
      await server.command('SET', 'key', 'value')
      await server.kill()
      expect(server.running).toBe(false)
      await server.kill()
      await server.restart()
      expect(await server.command('GET', 'key')).toBe('value')
      await server.restart({ empty: true })
      expect(await server.command('GET', 'key')).toBeNull()
    })
  })

  test('asks for its password, over TLS with a certificate that clients can check', async () => {
    const password = 'with "quotes" and \\'
    await using(redisServer({ password, tls: true }), async (server) => {
      expect(server.url).toBe(`rediss://:${encodeURIComponent(password)}@127.0.0.1:${server.port}`)
      expect(server.ca).toContain('BEGIN CERTIFICATE')
      expect(await server.command('PING')).toBe('PONG')
      const distrusting = connectSecurely({ port: server.port, host: server.host })
      expect(await once(distrusting, 'error')).toMatchObject([{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }])
    })
    await using(redisServer({ password }), async (server) => {
      expect(await exchange(server.port, 'PING\r\n', '\r\n')).toBe('-NOAUTH Authentication required.\r\n')
    })
  })

  test('takes any setting of redis.conf', async () => {
    const config = { maxmemory: '3mb', 'maxmemory-policy': 'noeviction' }
    await using(redisServer({ config }), async (server) => {
      expect(await server.command('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', '3145728'])
      await expect(server.command('SET', 'key', 'x'.repeat(5_000_000))).rejects.toThrow('OOM command not allowed')
    })
  })

  test('frozen, it takes connections and answers nothing; woken, it answers', async () => {
    await using(redisServer(), async (server) => {
      server.pause()
      const socket = connect({ port: server.port, host: server.host })
      await once(socket, 'connect')
      socket.write('PING\r\n')
      const answer = once(socket, 'data')
      const isStopped = async (): Promise<true | undefined> => (stateOf(server.pid) === 'T' ? true : undefined)
      await until('the server to be stopped', isStopped, { withinMs: 5_000 })
      server.resume()
      expect(String((await answer)[0])).toBe('+PONG\r\n')
      socket.destroy()
      server.pause()
    })
  })
})

describe('memcached', () => {
  test('answers, is empty after a restart, and leaves nothing', async () => {
    const { pid, folder } = await using(memcachedServer({ args: ['-I', '2m'] }), async (server) => {
      const big = 'x'.repeat(1_500_000)
      expect(await exchange(server.port, `set a 0 0 ${big.length}\r\n${big}\r\n`, '\r\n')).toBe('STORED\r\n')
      expect((await server.statistics()).get('curr_items')).toBe('1')
      await server.restart()
      expect(await exchange(server.port, 'get a\r\n', 'END\r\n')).toBe('END\r\n')
      server.pause()
      server.resume()
      expect(Number((await server.statistics()).get('pid'))).toBe(server.pid)
      return { pid: server.pid, folder: server.folder }
    })
    expect(lives(pid)).toBe(false)
    expect(existsSync(folder)).toBe(false)
  })

  test('several at once are several', async () => {
    const servers = await Promise.all([memcachedServer(), memcachedServer(), memcachedServer()])
    expect(new Set(servers.map(({ port }) => port)).size).toBe(3)
    await Promise.all(servers.map((server) => server.stop()))
  })

  test('with SASL, it serves the one user who has the password', async () => {
    const sasl = { user: 'reader', password: 'a secret' }
    await using(memcachedServer({ sasl }), async (server) => {
      expect(server.sasl).toEqual(sasl)
      expect((await server.statistics()).get('curr_items')).toBe('0')
      const wrong = statistics(server.port, { ...sasl, password: 'another' }, 5_000)
      await expect(wrong).rejects.toThrow('memcached refused the login with status 0x20')
      await expect(statistics(server.port, undefined, 5_000)).rejects.toThrow('refused the statistics')
    })
  })
})

describe('what cannot be started says why', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['a setting that Redis does not know', () => redisServer({ config: { nonsense: 'yes' } }), 'Bad directive'],
    ['an argument that memcached does not know', () => memcachedServer({ args: ['--nonsense'] }), 'nonsense'],
  ])('%s', async (_, start, message) => {
    await expect(start()).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining(message) })
  })

  test.each<[string, () => Promise<unknown>, string]>([
    ['a misspelt option', () => redisServer({ pasword: 'x' } as object), 'did you mean "password"?'],
    [
      'a login without a user',
      () => memcachedServer({ sasl: { user: '', password: 'x' } }),
      'expected user to be a non-empty string',
    ],
    ['no memory', () => memcachedServer({ memoryMb: 0 }), 'expected memoryMb to be a positive whole number'],
  ])('%s', async (_, start, message) => {
    await expect(start()).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(message) })
  })

  /** A server made of a line for the shell. */
  function kind(lines: readonly string[], facts: Partial<Kind> = {}): Kind {
    const left = [...lines]
    return {
      name: 'shell',
      alsoPorts: [],
      startWithinMs: 5_000,
      command: async (_, folder) => ({ file: 'sh', args: ['-c', left.shift() ?? 'exit 3'], folder }),
      whoAnswers: async () => 0,
      ...facts,
    }
  }

  test('a port that somebody else took meanwhile is left to him', async () => {
    const taken = 'echo "bind: Address already in use" >&2; exit 1'
    const ports = new Set<number>()
    const server: LocalServer = new LocalServer(
      kind([taken, taken, 'exec sleep 60'], {
        whoAnswers: async (port) => {
          ports.add(port)
          return server.running ? server.pid : 0
        },
      }),
    )
    await server.start()
    expect(server.running).toBe(true)
    expect(ports.has(server.port)).toBe(true)
    await server.stop()
    await gone(server)
  })

  test('one that ends says how, and what it wrote last', async () => {
    const server = new LocalServer(kind(['echo out of luck; exit 3']))
    await expect(server.start()).rejects.toThrow(/shell on port \d+ ended with exit code 3\n.*\nout of luck/)
    expect(existsSync(server.folder)).toBe(false)
  })

  test('one that never answers is given up in time, and ended', async () => {
    const server = new LocalServer(kind(['echo thinking; exec sleep 60'], { startWithinMs: 200 }))
    await expect(server.start()).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/to answer: not within 200 ms\n.*\nthinking/),
    })
    await gone(server)
  })

  test('a program that is not there', async () => {
    const nowhere = kind([], { command: async (_, folder) => ({ file: '/nowhere/at-all', args: [], folder }) })
    await expect(new LocalServer(nowhere).start()).rejects.toThrow('/nowhere/at-all could not be started')
  })

  test('one that was stopped, or never started', async () => {
    const server = await redisServer()
    await server.stop()
    await server.stop()
    await expect(server.restart()).rejects.toThrow('was stopped for good')
    expect(() => new LocalServer(kind([])).pid).toThrow('has not been started')
  })
})

test('a port is free with all that goes with it, and below those that the system gives away', async () => {
  const port = await freePort([10_000])
  expect(port).toBeGreaterThan(1_023)
  expect(port + 10_000).toBeLessThan(32_768)
})

test('a proxy before a real server passes TLS on, and what it breaks is felt', async () => {
  await using(redisServer({ tls: true }), async (server) => {
    await using(faultProxy({ to: server, seed: 1 }), async (proxy) => {
      const through = { port: proxy.port, ca: server.ca }
      expect(await converse(through, [['INCR', 'key']])).toEqual([1])
      await proxy.fault({ kind: 'garble' })
      await expect(converse(through, [['INCR', 'key']])).rejects.toThrow(/SSL|EPROTO|closed/)
      await proxy.heal()
      expect(await converse(through, [['GET', 'key']])).toEqual(['1'])
    })
  })
  await using(redisServer(), async (server) => {
    await using(faultProxy({ to: server, seed: 1 }), async (proxy) => {
      await proxy.fault({ kind: 'cut', times: 1 })
      await expect(converse({ port: proxy.port }, [['INCR', 'key']])).rejects.toThrow('the connection was closed')
      expect(await converse({ port: proxy.port }, [['GET', 'key']])).toEqual(['1'])
    })
  })
})

describe('no server outlives the process that started it', () => {
  async function start(...args: string[]): Promise<{ child: ChildProcess; servers: Parameters<typeof gone>[0][] }> {
    const { module } = await orphan
    const child = spawn(process.execPath, [fileURLToPath(module), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = child.stdout === null ? [] : await once(child.stdout, 'data')
    return { child, servers: JSON.parse(String(line)) as Parameters<typeof gone>[0][] }
  }

  test('when it has nothing more to do', async () => {
    const { child, servers } = await start()
    expect(servers.length).toBe(2)
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(0)
    await Promise.all(servers.map(gone))
  })

  test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('when %s ends it', async (signal) => {
    const { child, servers } = await start('stay')
    expect(servers.every(({ pid }) => lives(pid))).toBe(true)
    child.kill(signal)
    await Promise.all(servers.map(gone))
  })
})
