import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const made: string[] = []

/** A folder that is gone when the tests of the file are over; to be called while they are collected or run. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cachette-layers-'))
  made.push(folder)
  return folder
}

/** Thousands of databases take a slow disk a while. */
const PATIENCE_MS = 60_000

afterAll(async () => {
  for (const folder of made) await rm(folder, { recursive: true, force: true })
}, PATIENCE_MS)
