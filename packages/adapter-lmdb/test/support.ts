import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder of its own, which is gone after the test. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cachette-lmdb-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
