import * as zlib from 'node:zlib'
import { checksum } from '@cachette/middleware/checksum'
import { compression } from '@cachette/middleware/compression'
import { encryption } from '@cachette/middleware/encryption'
import { expect, test } from 'vitest'
import golden from './golden/shaped.json' with { type: 'json' }
import { bodyOf, bytesOf, context } from './support/bytes.js'

/** What layers made of a value when their forms were settled. Never written anew: every later version must read it. */
const { value, dictionary, secret, entries } = golden

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const LAYERS = {
  compression: compression({ asyncAboveBytes: Infinity, dictionaries: [new TextEncoder().encode(dictionary)] }),
  checksum: checksum(),
  encryption: encryption({ keys: { current: { id: 'a', secret: Buffer.from(secret, 'hex') } } }),
}

const isLayer = (name: string): name is keyof typeof LAYERS => Object.hasOwn(LAYERS, name)

test.each(entries)('$layer still reads what bears the mark $mark', async ({ layer, mark, ...made }) => {
  if (!isLayer(layer)) return expect.unreachable()
  const { coding } = LAYERS[layer]
  if (mark === 'zstd' && !('zstdCompressSync' in zlib)) {
    // Newer Nodes read it; this one says why it does not.
    expect(() => coding.decode(Buffer.from(made.value, 'hex'), mark, context)).toThrow(/this Node has none/)
    return
  }
  expect(text(await coding.decode(new Uint8Array(Buffer.from(made.value, 'hex')), mark, context))).toBe(value)
  const body = coding.streams?.decode(bodyOf(new Uint8Array(Buffer.from(made.stream, 'hex'))), mark, context)
  if (body === undefined) return expect.unreachable()
  expect(text(await bytesOf(body))).toBe(value)
})
