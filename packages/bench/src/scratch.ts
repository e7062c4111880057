import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder for a subject that stores things on disk; `remove` once it is closed. */
export function scratch(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `cachette-bench-${name}-`))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
