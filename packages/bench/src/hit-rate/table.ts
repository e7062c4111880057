import { POLICIES } from './policies.js'
import type { Row } from './row.js'

const NAME_WIDTH = 24
const WIDTH = 9

/** A line for each trace and size, a column for each policy. */
export function table(rows: readonly Row[]): string {
  const head = line('', Object.keys(POLICIES))
  const lines = new Map<string, string[]>()
  for (const { trace, size, hitPercent } of rows) {
    const name = size === 0 ? trace : `${trace} at ${size}`
    lines.set(name, [...(lines.get(name) ?? []), hitPercent.toFixed(2)])
  }
  return [head, ...[...lines].map(([name, cells]) => line(name, cells))].join('')
}

function line(name: string, cells: readonly string[]): string {
  return `${name.padEnd(NAME_WIDTH)}${cells.map((cell) => cell.padStart(WIDTH)).join('')}\n`
}
