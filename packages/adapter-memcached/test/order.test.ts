import { type MemcachedServer, memcachedServer } from '@cachette/conformance/servers'
import type { Change } from '@cachette/core'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { memcached } from '../src/index.js'
import { addressOf, callOf, put, removal, textOf } from './using.js'

let server: MemcachedServer

beforeAll(async () => {
  server = await memcachedServer()
})
afterAll(() => server.stop())

const KINDS = ['put', 'put', 'put', 'present', 'absent', 'remove', 'clear'] as const

/** What a batch that was called after all before it does to the text that is there, and what it is told. */
function applied(kind: (typeof KINDS)[number], text: string, before: string | undefined) {
  if (kind === 'put') return { after: text, told: true }
  if (kind === 'remove') return { after: undefined, told: before !== undefined }
  const isDone = (kind === 'present') === (before !== undefined)
  return { after: isDone ? text : before, told: isDone }
}

function changeOf(kind: (typeof KINDS)[number], text: string): Change {
  if (kind === 'remove') return removal('k')
  return put('k', text, kind === 'put' ? {} : { when: kind === 'absent' ? 'absent' : 'present' })
}

test('writes of a key that nobody awaits take effect in the order of their calls, through clears by others too', async () => {
  const store = memcached({ servers: [addressOf(server)] })
  const other = memcached({ servers: [addressOf(server)] })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...KINDS), { minLength: 2, maxLength: 12 }), async (kinds) => {
      await store.write([removal('k')], callOf())
      let text: string | undefined
      let isSure = true
      const told: boolean[] = []
      const answers = kinds.map((kind, index) => {
        if (kind === 'clear') {
          // It falls anywhere among them: only what is called after all has been answered is sure again.
          isSure = false
          return Promise.resolve(other.clear('', callOf())).then(() => undefined)
        }
        const expected = applied(kind, `${kind} ${index}`, text)
        text = expected.after
        told.push(expected.told)
        return Promise.resolve(store.write([changeOf(kind, `${kind} ${index}`)], callOf())).then(([one]) => one)
      })
      const given = (await Promise.all(answers)).filter((one) => one !== undefined)
      const there = await textOf(store, 'k')
      if (isSure) expect([given, there]).toEqual([told, text])
      else expect([undefined, ...kinds.map((kind, index) => `${kind} ${index}`)]).toContain(there)
    }),
    { numRuns: 200 },
  )
  await Promise.all([store.close(), other.close()])
})

test('a put that follows another at once is the last, also when a clear has overtaken both', async () => {
  const store = memcached({ servers: [addressOf(server)] })
  const other = memcached({ servers: [addressOf(server)] })
  for (let round = 0; round < 100; round += 1) {
    await store.write([put('k', 'before')], callOf())
    // The generation that the store knows is over now.
    await other.clear('', callOf())
    const texts = Array.from({ length: 6 }, (_, index) => `${round} ${index}`)
    await Promise.all(texts.map(async (text) => store.write([put('k', text)], callOf())))
    expect(await textOf(other, 'k')).toBe(`${round} 5`)
  }
  await Promise.all([store.close(), other.close()])
})

test('answers find those who wait for them however many are under way at once, and for however long', async () => {
  const store = memcached({ servers: [addressOf(server)] })
  const texts = Array.from({ length: 40 }, (_, index) => `text ${index}`)
  await store.write(
    texts.map((text) => put(text, text)),
    callOf(),
  )
  // Each asks again as soon as it is answered, so that there is never nothing under way.
  const ask = async (text: string): Promise<void> => {
    for (let round = 0; round < 100; round += 1) {
      expect(await textOf(store, text)).toBe(text)
      if (round % 10 === 0) await store.write([put(text, text)], callOf())
    }
  }
  await Promise.all(texts.map(ask))
  await store.close()
})
