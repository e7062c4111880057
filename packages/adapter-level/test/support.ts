import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isCacheError } from '@cachette/core'
import { afterAll } from 'vitest'

/** The kit makes thousands of files. */
const REMOVAL_MS = 60_000

const root = mkdtempSync(join(tmpdir(), 'cachette-level-'))
let made = 0

// Others may look into it, as those do that a test runs as another user.
chmodSync(root, 0o755)

afterAll(() => rmSync(root, { recursive: true, force: true }), REMOVAL_MS)

/** A path where nothing is yet; what is put there goes when the file's tests have run. */
export function freshPath(): string {
  made += 1
  return join(root, String(made))
}

/** How something fails that has to. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    if (isCacheError(error)) return error.code
    throw error
  }
}
