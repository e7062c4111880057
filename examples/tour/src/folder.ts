import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the tour stores things: a folder of its own for each stop, gone when the tour is over. */
const root = mkdtempSync(join(tmpdir(), 'cachette-tour-'))

process.on('exit', () => rmSync(root, { recursive: true, force: true }))

export function folder(stop: string): string {
  return join(root, stop)
}
