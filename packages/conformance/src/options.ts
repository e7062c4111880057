import { CacheError } from '@cachette/core'

/** Refuses what is no object, and names that mean nothing: a misspelt option would be ignored in silence. */
export function checkOptions(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw invalid(`${owner}: expected an object, got ${options === null ? 'null' : typeof options}`)
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const near = known.find((other) => distance(name.toLowerCase(), other.toLowerCase()) <= MAX_TYPOS)
    const hint = near === undefined ? `expected ${known.join(', ')}` : `did you mean ${near}?`
    throw invalid(`${owner}: unknown option ${JSON.stringify(name)}: ${hint}`)
  }
}

export function invalid(message: string): CacheError {
  return new CacheError('INVALID_OPTION', message)
}

const MAX_TYPOS = 2

/** How many letters must be added, dropped or changed to get from one to the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
