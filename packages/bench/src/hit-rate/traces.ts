import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { UsageError } from '../options.js'

export interface Trace {
  readonly name: string
  readonly keys: readonly string[]
  readonly sizes: readonly number[]
}

const ENDING = '.txt.gz'
const SIZES = 'hit-rates.json'

/** Where no sizes are given, a cache has room for so many of the distinct keys. */
const SHARES = [0.01, 0.03, 0.1]

/** Each `*.txt.gz` of the folder, one key on a line, one after the other: all at once might not fit into memory. */
export function* tracesIn(folder: string): Generator<Trace, void, undefined> {
  const names = listed(folder).filter((name) => name.endsWith(ENDING))
  if (names.length === 0) throw new UsageError(`expected traces (*${ENDING}) in ${folder}, found none`)
  const sizes = sizesIn(folder)
  for (const file of names.toSorted()) {
    const name = file.slice(0, -ENDING.length)
    const keys = keysOf(join(folder, file))
    yield { name, keys, sizes: sizes.get(name) ?? shares(keys) }
  }
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    throw new UsageError(`expected a folder of traces, got ${folder}`)
  }
}

function keysOf(path: string): readonly string[] {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n')
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '')
}

function shares(keys: readonly string[]): readonly number[] {
  const distinct = new Set(keys).size
  return [...new Set(SHARES.map((share) => Math.max(1, Math.round(share * distinct))))]
}

/** Of each trace, those for which the file gives hit rates. */
function sizesIn(folder: string): ReadonlyMap<string, readonly number[]> {
  if (!listed(folder).includes(SIZES)) return new Map()
  const parsed: unknown = JSON.parse(readFileSync(join(folder, SIZES), 'utf8'))
  return new Map(
    Object.entries(fieldOf(parsed, 'traces')).map(([name, trace]) => {
      const sizes = Object.keys(fieldOf(trace, 'hitPercent')).map(Number)
      const wrong = sizes.find((size) => !(Number.isInteger(size) && size > 0))
      if (wrong !== undefined) throw new UsageError(`${SIZES}: expected sizes of ${name} in entries, got ${wrong}`)
      return [name, sizes.toSorted((a, b) => a - b)]
    }),
  )
}

function fieldOf(value: unknown, name: string): object {
  const found: unknown =
    typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
  if (typeof found === 'object' && found !== null) return found
  throw new UsageError(`${SIZES}: expected an object under "${name}"`)
}
