import { readFileSync } from 'node:fs'

/** The first table of a README's section, of whatever rank: its cells, without the head. */
export function readmeTable(readme: URL, section: string): string[][] {
  const [, text = ''] = readFileSync(readme, 'utf8').split(new RegExp(`\n#{2,4} ${section}\n`))
  const lines = text.split('\n')
  const rows = lines.slice(lines.findIndex(isRow))
  const end = rows.findIndex((line) => !isRow(line))
  return rows.slice(2, end < 0 ? rows.length : end).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const isRow = (line: string): boolean => line.startsWith('|')

/** A value as such a table shows it. */
export function readmeCode(value: unknown): string {
  return `\`${typeof value === 'string' ? `'${value}'` : String(value)}\``
}
