import { readFileSync } from 'node:fs'

const BEGIN = '// show'
const END = '// end'

/** The lines of a step that are shown, cut from its own source, so that what is shown is what ran. */
export function snippet(step: string): readonly string[] {
  const lines = readFileSync(new URL(`../src/steps/${step}.ts`, import.meta.url), 'utf8').split('\n')
  const begin = lines.findIndex((line) => line.trim() === BEGIN)
  const end = lines.findIndex((line) => line.trim() === END)
  if (begin < 0 || end < begin) throw new Error(`the step ${step} marks no lines to show`)
  const shown = lines.slice(begin + 1, end)
  const indent = Math.min(...shown.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return shown.map((line) => line.slice(indent))
}
