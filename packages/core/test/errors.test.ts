import { describe, expect, it } from 'vitest'
import { CacheError, ERROR_CODES, type ErrorCode, isCacheError, restated, toCacheError } from '../src/errors.js'

describe('CacheError', () => {
  it.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s says by itself whether trying again can help', (code) => {
    const error = new CacheError(code, 'text')
    expect(error).toMatchObject({ name: 'CacheError', code, message: `${code}: text`, outcome: 'none', details: {} })
    expect(error.retry).toBe(ERROR_CODES[code].retry)
    expect('cause' in error).toBe(false)
  })

  it('carries all that is known', () => {
    const cause = new Error('driver')
    const facts = {
      retry: 'exhausted',
      outcome: 'unknown',
      operation: 'write',
      source: 'redis',
      details: { bytes: 1 },
      outcomes: [{ key: 'a', value: true }],
    } as const
    expect(new CacheError('UNAVAILABLE', 'text', { ...facts, cause })).toMatchObject({ ...facts, cause })
  })

  it('is known to another copy of core, and nothing else is', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('cachette.error')]: true, code: 'FULL' })
    expect(isCacheError(foreign)).toBe(true)
    expect(isCacheError(new CacheError('FULL', 'x'))).toBe(true)
    for (const other of [new Error('x'), null, undefined, 'x', {}]) expect(isCacheError(other)).toBe(false)
  })
})

describe('toCacheError', () => {
  it('leaves what is one already as it is', () => {
    const error = new CacheError('FULL', 'x')
    expect(toCacheError(error, { source: 'other' })).toBe(error)
  })

  it('takes anything else for a failure of the backend, with its cause', () => {
    const cause = new TypeError('no')
    expect(toCacheError(cause, { operation: 'read', source: 's' })).toMatchObject({
      code: 'BACKEND',
      message: 'BACKEND: no',
      operation: 'read',
      source: 's',
      cause,
    })
    expect(toCacheError('text')).toMatchObject({ code: 'BACKEND', message: 'BACKEND: text', cause: 'text' })
  })

  it.each([undefined, null, Object.create(null), Symbol('s')])(
    'takes even what nobody should throw',
    (thrown: unknown) => {
      expect(toCacheError(thrown)).toMatchObject({ code: 'BACKEND' })
    },
  )
})

describe('restated', () => {
  it('is the same failure, with what is known of it now', () => {
    const facts = { retry: 'exhausted', operation: 'write', source: 's', details: { n: 1 } } as const
    const error = new CacheError('BACKEND', 'text', facts)
    const more = { outcome: 'unknown', outcomes: [{ key: 'a', value: true }] } as const
    expect(restated(error, more)).toMatchObject({ message: 'BACKEND: text', ...facts, ...more, cause: error })
  })
})
