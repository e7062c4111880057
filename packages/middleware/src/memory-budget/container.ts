import { readFileSync } from 'node:fs'

const ROOT = '/sys/fs/cgroup'

/** Version 1 says "no limit" with a number near 2^63. */
const NO_LIMIT = 2 ** 60

/** The text of a file; `undefined` where there is none. */
export type ReadText = (path: string) => string | undefined

/**
 * The least limit that the process's control groups set, of version 2 or 1: its own group's and those above it. `Infinity`
 * where none does, and on systems that have no such groups.
 */
export function containerLimit(read: ReadText = readText): number {
  const paths = (read('/proc/self/cgroup') ?? '').split('\n').flatMap(limitFiles)
  // In a container the group may be named as the host sees it, while its files lie at the top.
  const files = [...paths, `${ROOT}/memory.max`, `${ROOT}/memory/memory.limit_in_bytes`]
  return Math.min(Infinity, ...files.map((path) => limitIn(read(path))))
}

/** A line is `number:controllers:path`; version 2 has one, without controllers. */
function limitFiles(line: string): readonly string[] {
  const [, controllers, ...rest] = line.split(':')
  if (controllers === undefined) return []
  const isFirst = controllers.split(',').includes('memory')
  if (controllers !== '' && !isFirst) return []
  const [root, file] = isFirst ? [`${ROOT}/memory`, 'memory.limit_in_bytes'] : [ROOT, 'memory.max']
  const segments = rest
    .join(':')
    .split('/')
    .filter((segment) => segment !== '')
  return segments.map((_, index) => `${root}/${segments.slice(0, index + 1).join('/')}/${file}`)
}

function limitIn(text: string | undefined): number {
  const limit = Number.parseInt(text ?? '', 10)
  return limit > 0 && limit < NO_LIMIT ? limit : Infinity
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // not this version, or not this system
  }
}
