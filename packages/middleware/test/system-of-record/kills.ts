import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import type { Built } from '../../../../scripts/lib/built.js'

/** By key, the numbers that were acknowledged, or that the system of record got, in order. */
type Numbers = Map<string, number[]>

/** Kills a writer again and again; gives what is wrong with what the system of record has in the end. */
export async function killWriters(subject: Built, kills: number, seed: number): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'write-behind-'))
  const program = fileURLToPath(subject.module)
  const record = join(folder, 'record')
  const acknowledged: Numbers = new Map()
  const recorded: Numbers = new Map()
  const delays = fc.sample(fc.integer({ min: 0, max: 120 }), { seed, numRuns: kills })
  try {
    let last = 0
    for (const afterMs of delays) {
      for (const line of await killed([program, join(folder, 'journal'), record, 'write', String(last)], afterMs)) {
        last = Math.max(last, note(acknowledged, line))
      }
      // Beyond what may have been written and not acknowledged.
      last += 100
    }
    await promisify(execFile)(process.execPath, [program, join(folder, 'journal'), record, 'drain'])
    const lines = existsSync(record) ? readFileSync(record, 'utf8').split('\n') : []
    for (const line of lines) note(recorded, line)
    return wrongIn(acknowledged, recorded)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The lines that it wrote whole, until it was killed so long after the first. */
function killed(args: readonly string[], afterMs: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), afterMs))
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', () => resolve(text.split('\n').slice(0, -1)))
  })
}

function note(into: Numbers, line: string): number {
  const [key, value] = line.split(' ')
  if (key === undefined || value === undefined) return 0
  into.set(key, [...(into.get(key) ?? []), Number(value)])
  return Number(value)
}

/** Numbers only grow: what the record has of a key must not go back, and must have come to what was acknowledged. */
function wrongIn(acknowledged: Numbers, recorded: Numbers): readonly string[] {
  return [...acknowledged].flatMap(([key, numbers]) => {
    const got = recorded.get(key) ?? []
    const last = Math.max(...numbers)
    const end = got.at(-1) ?? 0
    const isBehind = end < last ? [`${key}: ${last} was acknowledged, the record ends with ${end}`] : []
    const back = got.findIndex((number, index) => number < (got[index - 1] ?? 0))
    return back < 0 ? isBehind : [...isBehind, `${key}: ${got[back]} came after ${got[back - 1]}`]
  })
}
