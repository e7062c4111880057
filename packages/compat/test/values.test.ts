import { join } from 'node:path'
import { level } from '@cachette/adapter-level'
import { createCache } from '@cachette/core'
import { expect, test } from 'vitest'
import { installed } from '../src/level-cache/stores.js'
import { openCache } from '../src/level-cache.js'
import { paths } from './support.js'

const newPath = paths()

test.each([
  ['of another codec', 'other'],
  ['that is no JSON', 'json'],
  ['of a form that is not known', 'json/new'],
])('a value %s is an error, and no miss', async (_, name) => {
  const path = newPath()
  const text = { name, encode: () => new TextEncoder().encode('{'), decode: () => 'x' }
  const other = createCache<string>({ store: level({ path: join(path, 'level') }), encode: [text] })
  await other.set('a', 'x')
  await other.close()
  const cache = openCache({ path })
  await expect(cache.get('a')).rejects.toMatchObject({ code: 'CORRUPT' })
  expect(await cache.has('a')).toBe(true)
  await cache.close()
})

test('a driver that is missing is named', async () => {
  const load = () => Promise.reject(new Error("Cannot find package 'lmdb'"))
  await expect(installed('lmdb', load)).rejects.toThrow('npm install lmdb')
})
