import { connect, createServer, type Server, type Socket } from 'node:net'
import { manualClock } from '@cachette/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FaultProxy, type FaultProxyOptions, faultProxy, type ProxyFault } from '../src/proxy.js'

let echo: { readonly server: Server; readonly sockets: Set<Socket>; heard: string }
let to: FaultProxyOptions['to']
const open: AsyncDisposable[] = []

beforeEach(async () => {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      echo.heard += bytes.toString('latin1')
      socket.write(bytes)
    })
    socket.on('end', () => socket.end())
  })
  echo = { server, sockets, heard: '' }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  to = { host: '127.0.0.1', port: address.port }
})

afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]()
  for (const socket of echo.sockets) socket.destroy()
  echo.server.close()
})

async function proxied(options: Partial<FaultProxyOptions> = {}): Promise<FaultProxy> {
  const proxy = await faultProxy({ to, seed: 7, ...options })
  open.push(proxy)
  return proxy
}

/** A client that remembers all that came, and how it ended. */
class Client implements AsyncDisposable {
  readonly socket: Socket
  readonly #chunks: Buffer[] = []
  #length = 0
  #end: string | undefined
  #tell: () => void = () => undefined

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.socket.on('data', (bytes: Buffer) => {
      this.#chunks.push(bytes)
      this.#length += bytes.length
      this.#tell()
    })
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.#ended(error.code ?? error.message))
    this.socket.on('end', () => this.#ended('FIN'))
    this.socket.on('close', () => this.#ended('closed'))
  }

  get got(): string {
    return Buffer.concat(this.#chunks).toString('latin1')
  }

  get end(): string | undefined {
    return this.#end
  }

  send(text: string): this {
    this.socket.write(text, 'latin1')
    return this
  }

  async until(holds: () => boolean): Promise<this> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#tell = resolve
      })
    }
    return this
  }

  /** How its connection ended. */
  async ended(): Promise<string | undefined> {
    await this.until(() => this.#end !== undefined)
    return this.#end
  }

  async answered(length: number): Promise<string> {
    await this.until(() => this.#length >= length)
    return this.got
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy()
    await this.ended()
  }

  #ended(how: string): void {
    this.#end ??= how
    this.#tell()
  }
}

function client(proxy: FaultProxy): Client {
  const made = new Client(proxy.port)
  open.unshift(made)
  return made
}

/** After all that the system has for this process now. */
async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await turns(1)
}

test('without a fault everything passes, whole and in order, and is counted', async () => {
  const proxy = await proxied()
  const sent = 'x'.repeat(3_000_000)
  expect(await client(proxy).send(sent).answered(sent.length)).toBe(sent)
  expect(proxy.counts).toEqual({
    connections: 1,
    open: 1,
    struck: 0,
    requestBytes: sent.length,
    replyBytes: sent.length,
  })
})

test('half a close passes too, in its place', async () => {
  const proxy = await proxied()
  const asking = client(proxy).send('last words')
  asking.socket.end()
  expect(await asking.ended()).toBe('FIN')
  expect(asking.got).toBe('last words')
  await eventually(() => proxy.counts.open === 0)
})

test('a delay holds each chunk back for as long, and order stays', async () => {
  const clock = manualClock()
  const proxy = await proxied({ clock })
  await proxy.fault({ kind: 'delay', ms: 300 })
  const asking = client(proxy).send('one')
  await eventually(() => clock.pending === 1)
  clock.advance(100)
  asking.send('two')
  await eventually(() => proxy.counts.requestBytes === 6 && echo.heard.length === 6)
  await turns()
  clock.advance(199)
  await turns()
  expect(asking.got).toBe('')
  clock.advance(1)
  expect(await asking.answered(3)).toBe('one')
  await eventually(() => clock.pending === 1)
  clock.advance(100)
  expect(await asking.answered(6)).toBe('onetwo')
})

test('a hang holds all back until it is healed, the end included', async () => {
  const proxy = await proxied()
  await proxy.fault({ kind: 'hang', direction: 'request' })
  const asking = client(proxy).send('a')
  asking.socket.end()
  await eventually(() => proxy.counts.struck === 1)
  await turns()
  expect(echo.heard.length).toBe(0)
  expect(asking.end).toBeUndefined()
  await proxy.heal()
  expect(await asking.ended()).toBe('FIN')
  expect(asking.got).toBe('a')
})

test('who sends much into a hang has to wait', async () => {
  const proxy = await proxied()
  await proxy.fault({ kind: 'hang', direction: 'request' })
  const asking = client(proxy).send('x'.repeat(20_000_000))
  await eventually(() => proxy.counts.struck === 1)
  await turns(200)
  expect(asking.socket.writableLength).toBeGreaterThan(0)
  await proxy.heal()
  await asking.answered(20_000_000)
})

describe('connections end', () => {
  test.each<[string, ProxyFault, { got: string; heard: string; end: string }]>([
    ['cut, after the request', { kind: 'cut' }, { got: '', heard: 'hello', end: 'FIN' }],
    ['cut, before it', { kind: 'cut', direction: 'request' }, { got: '', heard: '', end: 'FIN' }],
    ['truncated', { kind: 'truncate', bytes: 2 }, { got: 'he', heard: 'hello', end: 'FIN' }],
    ['truncated requests', { kind: 'truncate', bytes: 2, direction: 'request' }, { got: '', heard: 'he', end: 'FIN' }],
    ['reset', { kind: 'reset' }, { got: '', heard: 'hello', end: 'ECONNRESET' }],
    ['reset within the reply', { kind: 'reset', bytes: 3 }, { got: 'hel', heard: 'hello', end: 'ECONNRESET' }],
  ])('%s', async (_, fault, expected) => {
    const proxy = await proxied()
    await proxy.fault(fault)
    const asking = client(proxy).send('hello')
    const end = await asking.ended()
    await eventually(() => echo.heard.length >= expected.heard.length)
    expect({ got: asking.got, heard: echo.heard, end }).toEqual(expected)
    expect(proxy.counts.struck).toBe(1)
  })

  test('and the bytes are counted over chunks', async () => {
    const proxy = await proxied()
    await proxy.fault({ kind: 'truncate', bytes: 5 })
    const asking = client(proxy).send('abc')
    expect(await asking.answered(3)).toBe('abc')
    expect(await asking.send('def').ended()).toBe('FIN')
    expect(asking.got).toBe('abcde')
  })
})

test('a half-open connection is silent, and stays so when all else is healed', async () => {
  const proxy = await proxied()
  const asking = client(proxy)
  await asking.send('a').answered(1)
  await proxy.fault({ kind: 'halfOpen' })
  asking.send('b')
  await eventually(() => [...echo.sockets].every((socket) => socket.readableEnded || socket.destroyed))
  await proxy.heal()
  asking.send('c')
  await turns()
  expect({ got: asking.got, end: asking.end }).toEqual({ got: 'a', end: undefined })
  expect(echo.heard).toBe('ab')
  expect(await client(proxy).send('d').answered(1)).toBe('d')
})

describe('garbling', () => {
  async function garbled(seed: number, chunks: readonly string[], every?: number): Promise<string> {
    const proxy = await proxied({ seed })
    await proxy.fault({ kind: 'garble', every })
    const asking = client(proxy)
    let length = 0
    for (const chunk of chunks) {
      length += chunk.length
      await asking.send(chunk).answered(length)
    }
    return asking.got
  }

  test('flips one bit of each byte, or of one in so many', async () => {
    const sent = 'a'.repeat(1_000)
    const bits = [...(await garbled(1, [sent]))].map((character) => ones(character.charCodeAt(0) ^ 'a'.charCodeAt(0)))
    expect(new Set(bits)).toEqual(new Set([1]))
    const changed = [...(await garbled(1, [sent], 10))].filter((character) => character !== 'a')
    expect(changed.length).toBeGreaterThan(70)
    expect(changed.length).toBeLessThan(130)
  })

  test('depends on the seed and the bytes alone, however they come', async () => {
    const whole = await garbled(5, ['abcdefghij'], 2)
    expect(await garbled(5, ['abc', 'd', 'efghij'], 2)).toBe(whole)
    expect(await garbled(6, ['abcdefghij'], 2)).not.toBe(whole)
  })

  function ones(byte: number): number {
    return byte.toString(2).replaceAll('0', '').length
  }
})

test('a drip comes byte by byte, until it is healed', async () => {
  const clock = manualClock()
  const proxy = await proxied({ clock })
  await proxy.fault({ kind: 'drip', everyMs: 50 })
  const asking = client(proxy).send('abcdef')
  expect(await asking.answered(1)).toBe('a')
  await eventually(() => clock.pending === 1)
  await turns()
  expect(asking.got).toBe('a')
  clock.advance(50)
  expect(await asking.answered(2)).toBe('ab')
  await proxy.heal()
  expect(await asking.answered(6)).toBe('abcdef')
})

test('refusing: open connections are reset, new ones find nobody, and later somebody again', async () => {
  const proxy = await proxied()
  const asking = client(proxy)
  await asking.send('a').answered(1)
  await proxy.fault({ kind: 'refuse' })
  expect(await asking.ended()).toBe('ECONNRESET')
  expect(await client(proxy).ended()).toBe('ECONNREFUSED')
  await proxy.heal()
  expect(await client(proxy).send('b').answered(1)).toBe('b')
  await proxy.fault({ kind: 'refuse' })
  await proxy.fault({ kind: 'delay', ms: 0 })
  expect(await client(proxy).send('c').answered(1)).toBe('c')
})

test('a server that is not there is a reset', async () => {
  const proxy = await proxied({ to: { host: '127.0.0.1', port: 1 } })
  expect(await client(proxy).send('a').ended()).toBe('ECONNRESET')
})

test('idle connections can be severed', async () => {
  const proxy = await proxied()
  const [first, second] = [client(proxy), client(proxy)]
  await Promise.all([first.send('a').answered(1), second.send('b').answered(1)])
  proxy.sever()
  expect(await first.ended()).toBe('FIN')
  expect(await second.ended()).toBe('FIN')
  const third = client(proxy)
  await third.send('c').answered(1)
  proxy.sever('reset')
  expect(await third.ended()).toBe('ECONNRESET')
})

describe('who is struck', () => {
  async function survivors(seed: number, fault: ProxyFault): Promise<string> {
    const proxy = await proxied({ seed })
    await proxy.fault(fault)
    let seen = ''
    for (let index = 0; index < 24; index += 1) {
      const asking = client(proxy).send('a')
      await asking.until(() => asking.end !== undefined || asking.got !== '')
      seen += asking.got === 'a' ? '.' : 'x'
    }
    expect(proxy.counts.struck).toBe(seen.replaceAll('.', '').length)
    return seen
  }

  test('is for the seed to say', async () => {
    const fault = { kind: 'cut', probability: 0.5 } as const
    const seen = await survivors(3, fault)
    expect(seen).toMatch(/x/)
    expect(seen).toMatch(/\./)
    expect(await survivors(3, fault)).toBe(seen)
    expect(await survivors(4, fault)).not.toBe(seen)
    expect(await survivors(3, { ...fault, probability: 0 })).toBe('.'.repeat(24))
  })

  test('is at most so many', async () => {
    expect(await survivors(3, { kind: 'cut', times: 2 })).toBe(`xx${'.'.repeat(22)}`)
  })

  test('is the same for both directions', async () => {
    const proxy = await proxied()
    await proxy.fault({ kind: 'garble', direction: 'both', times: 1 })
    await client(proxy).send('abc').answered(3)
    expect(echo.heard).not.toBe('abc')
    expect(proxy.counts.struck).toBe(1)
  })
})

describe('what makes no sense is refused', () => {
  test.each<[unknown, string]>([
    [{ kind: 'explode' }, 'expected its kind to be one of delay, hang, cut'],
    [undefined, 'expected its kind to be one of'],
    [{ kind: 'delay' }, 'fault delay: expected ms'],
    [{ kind: 'truncate', bytes: -1 }, 'expected bytes to be a whole number of zero or more'],
    [{ kind: 'cut', probability: 2 }, 'expected probability to be a number from 0 to 1'],
    [{ kind: 'cut', direction: 'sideways' }, "expected direction to be 'request', 'reply' or 'both'"],
    [{ kind: 'cut', tmies: 1 }, 'did you mean "times"?'],
    [{ kind: 'refuse', times: 1 }, 'has no option "times"'],
  ])('%j', async (fault, message) => {
    const proxy = await proxied()
    await expect(proxy.fault(fault as ProxyFault)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(message),
    })
  })

  test('a proxy to nowhere', async () => {
    await expect(proxied({ to: { host: '', port: 1 } })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(proxied({ seed: 0.5 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

test('stopping twice is stopping once, and ends what is held back', async () => {
  const proxy = await proxied()
  await proxy.fault({ kind: 'hang' })
  const asking = client(proxy).send('a')
  await eventually(() => proxy.counts.struck === 1)
  await proxy.stop()
  await proxy.stop()
  await asking.ended()
  await eventually(() => proxy.counts.open === 0)
})
