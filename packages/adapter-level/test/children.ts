import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { built } from '../../../scripts/lib/built.js'
import type { LevelOptions } from '../src/index.js'
import type { Told } from './filled.js'

const child = built(new URL('./child.ts', import.meta.url))

/** What is to be run, and what it is told. */
export async function programOf(path: string, options: Partial<LevelOptions>, mode: string): Promise<string[]> {
  const { module } = await child
  return [fileURLToPath(module), path, JSON.stringify(options), mode]
}

/** What a process of its own finds at the path. */
export async function examine(path: string, options: Partial<LevelOptions> = {}, mode = 'leave'): Promise<Told> {
  const { stdout } = await promisify(execFile)(process.execPath, await programOf(path, options, mode))
  return JSON.parse(stdout) as Told
}
