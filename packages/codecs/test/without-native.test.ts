import { isDeepStrictEqual } from 'node:util'
import { checkCodec, textOf } from '@cachette/conformance'
import { isNativeAccelerationEnabled as nativeCbor } from 'cbor-x'
import fc from 'fast-check'
import { isNativeAccelerationEnabled as nativeMsgpack } from 'msgpackr'
import { expect, test, vi } from 'vitest'
import { CODECS, cloneable, codedOf } from './support.js'

// Many values, each looked at closely.
vi.setConfig({ testTimeout: 60_000 })

// Read when the libraries are loaded. On many machines there is no native part for them.
vi.hoisted(() => {
  process.env['MSGPACKR_NATIVE_ACCELERATION_DISABLED'] = 'true'
  process.env['CBOR_NATIVE_ACCELERATION_DISABLED'] = 'true'
})

test('the native parts are off', () => {
  expect([nativeMsgpack, nativeCbor]).toEqual([false, false])
})

test.each(CODECS)('$name carries the same without them', async (codec) => {
  fc.assert(
    fc.property(cloneable, (value) => {
      const { bytes, form, plain } = codedOf(codec.encode(value))
      expect(isDeepStrictEqual(codec.decode(bytes, plain ? undefined : form), value)).toBe(true)
    }),
    { numRuns: 500 },
  )
  const report = await checkCodec({ name: codec.name, codec: () => codec }, { runs: 100 })
  expect(report.passed, textOf(report)).toBe(true)
})
