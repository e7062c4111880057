import { CacheError } from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { levelError } from '../src/errors.js'

/** As the driver throws them: the words are LevelDB's, the codes the driver's. */
function driverError(message: string, code?: string, cause?: Error): Error {
  return Object.assign(new Error(message, cause && { cause }), code === undefined ? {} : { code })
}

const TABLE: readonly (readonly [error: unknown, code: string, outcome: string])[] = [
  [driverError('IO error: /d/000003.log: No space left on device', 'LEVEL_IO_ERROR'), 'FULL', 'none'],
  [driverError('IO error: /d/000003.log: Disk quota exceeded', 'LEVEL_IO_ERROR'), 'FULL', 'none'],
  [driverError('IO error: /d/000003.log: File too large', 'LEVEL_IO_ERROR'), 'FULL', 'none'],
  [driverError('IO error: /d/LOCK: Read-only file system', 'LEVEL_IO_ERROR'), 'READ_ONLY', 'none'],
  [driverError('IO error: /d/LOCK: Permission denied', 'LEVEL_IO_ERROR'), 'READ_ONLY', 'none'],
  [driverError('IO error: /d/000003.ldb: Too many open files'), 'UNAVAILABLE', 'none'],
  [driverError('IO error: /d/MANIFEST-000002: No such file or directory', 'LEVEL_IO_ERROR'), 'UNAVAILABLE', 'none'],
  [driverError('IO error: /d/000003.ldb: No such file or directory'), 'CORRUPT', 'none'],
  [driverError('IO error: /d/000003.ldb: Invalid argument'), 'CORRUPT', 'none'],
  [driverError('IO error: /d/000003.log: Input/output error', 'LEVEL_IO_ERROR'), 'BACKEND', 'unknown'],
  [driverError('Corruption: bad block type', 'LEVEL_CORRUPTION'), 'CORRUPT', 'none'],
  [
    driverError('Database failed to open', 'LEVEL_DATABASE_NOT_OPEN', driverError('IO error: lock', 'LEVEL_LOCKED')),
    'LOCKED',
    'none',
  ],
  [driverError('Database is not open', 'LEVEL_DATABASE_NOT_OPEN'), 'CLOSED', 'none'],
  [driverError('something else', 'LEVEL_UNKNOWN'), 'BACKEND', 'unknown'],
  [Object.assign(new Error('x'), { code: 'EACCES' }), 'READ_ONLY', 'none'],
  ['no error at all', 'BACKEND', 'unknown'],
]

describe('a failed write', () => {
  test.each(TABLE)('%s', (error, code, outcome) => {
    const failure = levelError(error, { operation: 'write', writing: true })
    expect(failure).toMatchObject({ code, outcome, operation: 'write', source: 'level' })
    expect([failure.cause, failure.cause instanceof Error ? failure.cause.cause : undefined]).toContain(error)
  })
})

test('a failed read has changed nothing', () => {
  for (const [error] of TABLE) {
    expect(levelError(error, { operation: 'read', writing: false }).outcome).toBe('none')
  }
})

test('what is an error of the cache already stays as it is', () => {
  const failure = new CacheError('FULL', 'no room')
  expect(levelError(failure, { operation: 'write', writing: true })).toBe(failure)
})
