import { type MemcachedServer, memcachedServer } from '@cachette/conformance/servers'
import { type Bytes, createCache, SEPARATOR, type Store } from '@cachette/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { memcached } from '../src/index.js'
import { Raw } from './raw.js'
import { addressOf, callOf, failureOf, put, textOf } from './using.js'

let servers: readonly MemcachedServer[] = []
let count = 0
let root = ''

beforeAll(async () => {
  servers = await Promise.all([1, 2, 3].map(() => memcachedServer()))
})
beforeEach(() => {
  count += 1
  root = `root-${count}`
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
})

const opened = (): Store<Bytes> => memcached({ servers: servers.map(addressOf), root })
const raws = (): Raw[] => servers.map(({ host, port }) => new Raw(host, port, root))

test('of two hundred namespaces, nested ones too, each clear takes exactly what is its own', async () => {
  const store = opened()
  const cache = createCache<number>({ store })
  const outer = Array.from({ length: 40 }, (_, index) => [`n${index}`])
  const nested = outer.flatMap(([name = '']) => ['a', 'b', '*', `${name}`].map((inner) => [name, inner]))
  const paths = [...outer, ...nested]
  expect(paths.length).toBe(200)
  const viewOf = (path: readonly string[]) => path.reduce((view, name) => view.namespace(name), cache)
  const foreign = raws()
  // Beside them what others have: under another root, under none, and under names that look alike.
  const others = [`${root}x${SEPARATOR}k1`, `${root}k`, 'n1', `${root.slice(0, -1)}${SEPARATOR}n`]
  for (const { client } of foreign) for (const name of others) await client.set(name, 'theirs', {})
  const alive = new Set(paths.map((path) => path.join('/')))
  await Promise.all([cache.set('k', -1), ...paths.map((path, index) => viewOf(path).set('k', index))])
  for (let step = 0; step < 20; step += 1) {
    const path = paths[(step * 67) % paths.length] ?? []
    await viewOf(path).clear()
    for (const one of alive) if (`${one}/`.startsWith(`${path.join('/')}/`)) alive.delete(one)
    const found = await Promise.all(paths.map((one) => viewOf(one).get('k')))
    const there = paths.filter((_, index) => found[index] === index).map((one) => one.join('/'))
    expect(there).toEqual(paths.map((one) => one.join('/')).filter((one) => alive.has(one)))
    expect(await cache.get('k')).toBe(-1)
  }
  await cache.clear()
  expect(await Promise.all(paths.map((one) => viewOf(one).has('k')))).toEqual(paths.map(() => false))
  for (const raw of foreign) {
    for (const name of others) expect(String(await raw.value(name))).toBe('theirs')
    await raw[Symbol.asyncDispose]()
  }
  await cache.close()
})

test('a server that has dropped a generation has cleared its namespace, and nothing of it ever comes back', async () => {
  const store = opened()
  const keys = [`n${SEPARATOR}a`, `n${SEPARATOR}m${SEPARATOR}a`, 'a']
  for (const dropped of [`n${SEPARATOR}`, '']) {
    await store.write(
      keys.map((key) => put(key, 'old')),
      callOf(),
    )
    for (const raw of raws()) {
      await raw.client.delete(raw.generationOf(dropped))
      await raw[Symbol.asyncDispose]()
    }
    const other = opened()
    for (const reader of [store, other]) {
      for (const key of keys) expect(await textOf(reader, key)).toBe(key.startsWith(dropped) ? undefined : 'old')
    }
    await store.write([put(`n${SEPARATOR}new`, 'new'), put('new', 'new')], callOf())
    for (const reader of [store, other]) {
      for (const key of keys) expect(await textOf(reader, key)).toBe(key.startsWith(dropped) ? undefined : 'old')
      expect(await textOf(reader, `n${SEPARATOR}new`)).toBe('new')
    }
    await other.close()
  }
  await store.close()
})

test('nobody reads what another has cleared, however their calls fall together', async () => {
  const [writer, clearer, reader] = [opened(), opened(), opened()]
  const keys = Array.from({ length: 8 }, (_, index) => `n${SEPARATOR}${index}`)
  for (let round = 0; round < 200; round += 1) {
    const before = `before ${round}`
    await writer.write(
      keys.map((key) => put(key, before)),
      callOf(),
    )
    const namespace = round % 2 === 0 ? '' : `n${SEPARATOR}`
    const [, ...during] = await Promise.all([
      clearer.clear(namespace, callOf()),
      ...keys.map((key) => textOf(reader, key)),
      writer.write([put('beside', before)], callOf()),
    ])
    expect(during.every((one) => one === undefined || one === before || Array.isArray(one))).toBe(true)
    for (const store of [reader, writer]) expect(await store.read(keys, callOf())).toEqual(keys.map(() => undefined))
  }
  await Promise.all([writer.close(), clearer.close(), reader.close()])
})

test('what is not a whole namespace is refused, and so is a list of keys', async () => {
  const store = opened()
  await store.write([put('abc', 'v')], callOf())
  expect(await failureOf(() => store.clear('ab', callOf()))).toBe('UNSUPPORTED no none')
  expect(await failureOf(() => store.scan('', callOf()))).toBe('UNSUPPORTED no none')
  expect(await textOf(store, 'abc')).toBe('v')
  await store.close()
})

test('keys of any length and any characters are apart, and each name begins with the root', async () => {
  const long = 'x'.repeat(1_000)
  const keys = [long, `${long}y`, 'é'.repeat(400), 'a b', 'a\r\nb', 'a\0b', '\u0000', '😀', ...'kKgGpP', `k${long}`]
  const store = memcached({ servers: servers.map(addressOf), root: `${root}é` })
  await store.write(
    keys.map((key) => put(key, `of ${key}`)),
    callOf(),
  )
  const found = await store.read(keys, callOf())
  expect(found.map((entry) => new TextDecoder().decode(entry?.value))).toEqual(keys.map((key) => `of ${key}`))
  for (const { host, port } of servers) {
    await using raw = new Raw(host, port, `${root}é`)
    for (const key of keys) {
      const name = await raw.nameOf(key)
      if (name === undefined) continue
      expect(name.startsWith(`${root}é${SEPARATOR}`)).toBe(true)
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(250)
    }
  }
  await store.close()
})
