import { expect, test } from 'vitest'
import { endOfPrefix, errnoError } from '../src/adapter.js'

const failing = (code: string, writing = true) =>
  errnoError(Object.assign(new Error('as the system says it'), { code }), {
    operation: 'write',
    source: 'disk',
    writing,
  })

test('what the operating system says becomes the code that callers know', () => {
  expect(failing('ENOSPC')).toMatchObject({ code: 'FULL', retry: 'no', outcome: 'none', details: { errno: 'ENOSPC' } })
  expect(failing('EROFS')).toMatchObject({ code: 'READ_ONLY', source: 'disk', operation: 'write' })
  expect(failing('EACCES')).toMatchObject({ code: 'READ_ONLY' })
  expect(failing('EACCES', false)).toMatchObject({ code: 'BACKEND' })
  expect(failing('EMFILE')).toMatchObject({ code: 'UNAVAILABLE', retry: 'yes' })
})

test('a connection that was lost leaves a write unknown, and a read is a read', () => {
  expect(failing('ECONNRESET')).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
  expect(failing('ECONNREFUSED')).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' })
  expect(failing('ECONNRESET', false)).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' })
})

test('what is no failure of the system is left to others', () => {
  const facts = { source: 'disk', writing: true }
  for (const other of [undefined, null, 'ENOSPC', new Error('x'), { code: 28 }, { code: 'toString' }]) {
    expect(errnoError(other, facts)).toBeUndefined()
  }
})

test('the end of a prefix comes after all that begin with it', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  expect(endOfPrefix(bytes(''))).toBeUndefined()
  const prefix = bytes('aé')
  expect(endOfPrefix(prefix)).toEqual(Uint8Array.of(0x61, 0xc3, 0xaa))
  expect(prefix).toEqual(bytes('aé'))
})
