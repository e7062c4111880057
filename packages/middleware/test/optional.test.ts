import * as lz4Napi from 'lz4-napi'
import { expect, test } from 'vitest'
import xxhash from 'xxhash-wasm'
import type { XxhashModule } from '../src/checksum/algorithms.js'
import { type Lz4, lz4 } from '../src/compression/lz4.js'
import { optional } from '../src/optional.js'
import { failureOf } from './support/failures.js'

test('optional packages are what their layers take them for', async () => {
  // The compiler says so too: they are loaded by name, so it does not see it elsewhere.
  const compressor: Lz4 = lz4Napi
  const hasher: XxhashModule = xxhash
  expect(lz4().compressSync(Buffer.alloc(100))).toEqual(compressor.compressSync(Buffer.alloc(100)))
  const { h64Raw } = await hasher()
  const { h64Raw: loaded } = await (optional('xxhash-wasm', 'a test') as XxhashModule)()
  expect(loaded(new Uint8Array(9))).toBe(h64Raw(new Uint8Array(9)))
})

test('optional packages that are not installed say how to install them', async () => {
  const failure = await failureOf(() => optional('a-package-that-nobody-has', 'a layer'))
  expect(failure).toMatchObject({ code: 'INVALID_OPTION', source: 'a layer' })
  expect(failure.message).toBe(
    'INVALID_OPTION: a layer: it needs an optional package; npm install a-package-that-nobody-has',
  )
})
