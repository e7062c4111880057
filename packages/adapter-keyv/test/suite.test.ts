import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdb } from '@cachette/adapter-lmdb'
import { memory } from '@cachette/adapter-memory'
import { type Cache, createCache } from '@cachette/core'
import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite'
import { Keyv as Keyv5 } from 'keyv'
import { Keyv as Keyv6 } from 'keyv6'
import * as vitest from 'vitest'
import { asKeyv, keyv } from '../src/index.js'
import { JsonStore } from './stores.js'

const { afterAll, describe } = vitest

const folder = mkdtempSync(join(tmpdir(), 'cachette-keyv-'))

const caches: readonly (readonly [name: string, cache: Cache<unknown>])[] = [
  ['values by reference', createCache({ store: memory() })],
  ['copies', createCache({ store: memory({ copies: true }) })],
  ['LMDB', createCache({ store: lmdb({ path: join(folder, 'lmdb') }) })],
  ['another Keyv store', createCache({ store: keyv({ store: new Map() }) })],
  ['a store that cannot list', createCache({ store: keyv({ store: new JsonStore() }) })],
]

afterAll(async () => {
  for (const [, cache] of caches) await cache.close()
  await rm(folder, { recursive: true, force: true })
})

const canList = caches.filter(([, { traits }]) => traits.scan !== 'none')

describe('the suite of Keyv, with Keyv 5', () => {
  describe.each(caches)('over %s', (_, cache) => keyvTestSuite(vitest, Keyv5, () => asKeyv(cache)))
  describe.each(canList)('its iterators, over %s', (_, cache) => keyvIteratorTests(vitest, Keyv5, () => asKeyv(cache)))
})

/** Keyv 6 answers a removal of several keys with one answer for each, whatever the store. */
const NOT_OF_6 = '.deleteMany([keys]) with nonexistent keys resolves to false'
const it = (name: string, run: () => void): void =>
  name === NOT_OF_6 ? vitest.it.fails(name, run) : vitest.it(name, run)

// The suite is made for Keyv 5, and so are its types; what it calls Keyv 6 has as well.
const suite6 = { ...vitest, it } as typeof vitest
const Like5 = Keyv6 as never

// Keyv 6 clears its namespaces in the stores alone that can list.
describe('the suite of Keyv, with Keyv 6', () => {
  describe.each(canList)('over %s', (_, cache) => {
    keyvTestSuite(suite6, Like5, () => asKeyv(cache))
    keyvIteratorTests(suite6, Like5, () => asKeyv(cache))
  })
})
