import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CACHE_DEFAULTS, ERROR_CODES, LAWS, LOAD_DEFAULTS } from '../src/index.js'

// What the documents repeat of the code is written from it: CACHETTE_GENERATE=1 writes, and every other run compares.

const GROUPS = {
  K: 'Keys',
  V: 'Values',
  P: 'Keeping',
  T: 'Time',
  O: 'Order',
  B: 'Batches',
  C: 'Conditions',
  S: 'Scan and clear',
  L: 'Life',
  F: 'Failure',
  R: 'Traits',
  Y: 'Layers',
} as const

function contract(): string {
  const sections = Object.entries(GROUPS).map(([letter, title]) => {
    const laws = Object.entries(LAWS).filter(([id]) => id.startsWith(letter))
    return [`## ${title}`, '', '| law | |', '|---|---|', ...laws.map(([id, law]) => `| **${id}** | ${law} |`), ''].join(
      '\n',
    )
  })
  const intro =
    'What every store promises, and every layer leaves standing unless it says otherwise. The conformance kit checks each of these sentences and quotes it when it is broken; a number is never used twice.'
  return ['# The contract', '', intro, '', ...sections].join('\n')
}

function errors(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, { retry, when }]) => `| \`${code}\` | ${retry} | ${when} |`)
  return ['| code | retry | when |', '|---|---|---|', ...rows].join('\n')
}

function agree(file: string, text: string): void {
  const url = new URL(file, import.meta.url)
  if (process.env['CACHETTE_GENERATE'] !== undefined) writeFileSync(url, text)
  expect(readFileSync(url, 'utf8')).toBe(text)
}

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('CONTRACT.md is the list of laws', () => {
  agree('../CONTRACT.md', contract())
})

test('the README has the table of errors', () => {
  agree(
    '../README.md',
    readme.replace(
      /(<!-- errors -->\n)[\s\S]*?(\n<!-- \/errors -->)/,
      (_, open: string, close: string) => open + errors() + close,
    ),
  )
})

test('the README states the defaults', () => {
  const { refreshAhead, ...defaults } = LOAD_DEFAULTS
  expect(refreshAhead).toBe(undefined)
  for (const [name, value] of [...Object.entries(CACHE_DEFAULTS), ...Object.entries(defaults)]) {
    const shown = typeof value === 'string' ? `'${value}'` : String(value)
    expect(readme).toContain(`| \`${name}\` | \`${shown}\` |`)
  }
})
