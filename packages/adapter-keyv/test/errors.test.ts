import { expect, test } from 'vitest'
import { storeError } from '../src/errors.js'

const asked = { operation: 'write', source: 'keyv', writing: true }

test.each([
  [{ code: 'SQLITE_FULL' }, 'FULL'],
  [{ code: 'SQLITE_READONLY' }, 'READ_ONLY'],
  [{ code: 'SQLITE_BUSY' }, 'LOCKED'],
  [{ code: 'SQLITE_CORRUPT' }, 'CORRUPT'],
  [{ code: 'ECONNREFUSED' }, 'UNAVAILABLE'],
  [{ code: 'ENOSPC' }, 'FULL'],
  [{ code: 'toString' }, 'BACKEND'],
])('%o is %s', (facts, code) => {
  const error = Object.assign(new Error('it failed'), facts)
  expect(storeError(error, asked)).toMatchObject({ code, operation: 'write', source: 'keyv', cause: error })
})

test('the client of Redis says by its classes alone that it is not connected', () => {
  class ClientClosedError extends Error {}
  expect(storeError(new ClientClosedError(), asked)).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
})

test('what was thrown and is no error is kept as the cause', () => {
  expect(storeError('a text', asked)).toMatchObject({ code: 'BACKEND', outcome: 'unknown', cause: 'a text' })
  expect(storeError(undefined, { ...asked, writing: false })).toMatchObject({ code: 'BACKEND', outcome: 'none' })
})
