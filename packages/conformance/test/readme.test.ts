import { readFileSync } from 'node:fs'
import { LAWS } from '@cachette/core'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { USAGE } from '../src/cli/arguments.js'
import { CODEC_CHECKS } from '../src/codec/checks.js'
import { ENDURE_DEFAULTS } from '../src/faults.js'
import { checkStore, failureText } from '../src/index.js'
import { CHECKS, HANDLE_CHECKS } from '../src/laws/index.js'
import { brokenMap } from './support/breaking.js'
import { BROKEN_MAPS } from './support/broken-maps.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

function checkedOn(law: string): string {
  if (CODEC_CHECKS.some((check) => check.law === law)) return 'a codec'
  if (law.startsWith('Y')) return 'a layer'
  const own = CHECKS.filter((check) => check.law === law)
  expect(own).not.toEqual([])
  return own.every((check) => HANDLE_CHECKS.includes(check)) ? 'a cache over the store' : 'a store'
}

test('the README lists the laws as core has them, and what each is checked on', () => {
  const rows = Object.entries(LAWS).map(([law, sentence]) => `| ${law} | ${sentence} | ${checkedOn(law)} |`)
  expect(readme.split('\n').filter((line) => /^\| [A-Z]\d \|/.test(line))).toEqual(rows)
})

test('the README says what is the default of trouble', () => {
  const table = readmeTable(new URL('../README.md', import.meta.url), 'Under load, while the server is in trouble')
  const said = new Map(table.map(([name, , value]) => [name, value]))
  for (const [name, value] of Object.entries(ENDURE_DEFAULTS)) expect(said.get(`\`${name}\``)).toBe(readmeCode(value))
})

test('the README lists the options of the program', () => {
  const listed = [...(readme.split('\n## ', 1)[0] ?? '').matchAll(/--\w+/g)].map(([option]) => option)
  const known = [...USAGE.matchAll(/^ {2}(--\w+)/gm)].map(([, option]) => option)
  expect([...listed, '--help'].sort()).toEqual(known.sort())
})

test('the README shows a failure as it is told', async () => {
  const broken = BROKEN_MAPS['clears by pattern']
  if (broken === undefined) throw new Error('that map is gone')
  const subject = { name: 'my-store', open: () => brokenMap(broken) }
  const { laws } = await checkStore(subject, { laws: ['S5'], seed: 1206 })
  const [failure] = laws.flatMap((law) => law.failure ?? [])
  if (failure === undefined) throw new Error('nothing is broken')
  const text = failureText(failure, 'my-store', { importing: "import { subject } from './my-adapter.mjs'" })
  expect(readme).toContain(`\`\`\`\n${text}\n\`\`\``)
  expect(readme).toContain(`{ laws: ['S5'], seed: 1206, path: '${failure.path}' }`)
})
