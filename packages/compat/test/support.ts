import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Gives a new path each time, all of which are gone when the tests of the file are over. */
export function paths(): () => string {
  const folder = mkdtempSync(join(tmpdir(), 'cachette-compat-'))
  afterAll(() => rm(folder, { recursive: true, force: true }), 60_000)
  let count = 0
  return () => {
    count += 1
    return join(folder, String(count))
  }
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
