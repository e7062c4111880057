import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { main } from '../src/cli/main.js'

const folder = mkdtempSync(join(tmpdir(), 'cachette-conformance-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A module beside the others; a store of plain JavaScript, as a stranger would write it. */
function module(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

module(
  'store.mjs',
  `
const live = (entry, now) => entry !== undefined && now < entry.expiresAt
const visible = (entry, now) => live(entry, now) && entry.kind === 'value'
const same = (a, b) => a.time === b.time && a.count === b.count && a.writer === b.writer
const holds = (when, entry, now) => {
  if (when === undefined) return true
  if (when === 'absent') return !visible(entry, now)
  if (when === 'present') return visible(entry, now)
  if (when === 'vacant') return !live(entry, now)
  return entry !== undefined && same(entry.version, when.version)
}
const copy = (entry) => entry && { ...entry, value: entry.value.slice() }
const traits = {
  values: 'bytes', lives: 'process', shared: false, scan: 'unordered', conditional: 'process', atomicBatch: true,
  evicts: 'no', maxValueBytes: Infinity, sync: 'none', isolated: true, streams: false,
}
export function strangers() {
  const entries = new Map()
  const below = (prefix) => [...entries.keys()].filter((key) => key.startsWith(prefix))
  return {
    name: 'strangers', contract: 1, traits,
    read: async (keys) => keys.map((key) => copy(entries.get(key))),
    write: async (changes, { now }) => changes.map(({ key, entry, when }) => {
      const stored = entries.get(key)
      if (!holds(when, stored, now)) return false
      if (entry === undefined) entries.delete(key)
      else entries.set(key, copy(entry))
      return entry !== undefined || visible(stored, now)
    }),
    async *scan(prefix) { for (const key of below(prefix)) yield [[key, copy(entries.get(key))]] },
    clear: async (prefix) => below(prefix).forEach((key) => entries.delete(key)),
    close: async () => undefined,
  }
}
`,
)

const IMPORT = "import { strangers } from './store.mjs'\n"
const BROKEN = '() => { const store = strangers(); return { ...store, clear: async () => undefined } }'

async function run(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = ''
  let err = ''
  const code = await main(args, {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    env: {},
  })
  return { code, out, err }
}

describe('a module with one thing to check', () => {
  test.each([
    ['a subject by its name', `${IMPORT}export const subject = { name: 'mine', open: strangers }`, 'mine'],
    [
      'a subject by another name',
      `${IMPORT}export const other = { name: 'mine', open: strangers }\nexport const a = 1`,
      'mine',
    ],
    ['a subject by default', `${IMPORT}export default { name: 'mine', open: strangers }`, 'mine'],
    ['a function that opens a store', "export { strangers } from './store.mjs'", 'strangers'],
    ['a function by default', `${IMPORT}export default (context) => strangers(context)`, 'default'],
  ])('%s', async (name, text, shown) => {
    const { code, out, err } = await run(
      module(`${name.replaceAll(' ', '-')}.mjs`, text),
      '--runs',
      '3',
      '--law',
      'k1,C6',
    )
    expect(err).toBe('')
    expect(out.split('\n', 1)[0]).toMatch(new RegExp(`${shown}\\w* contract 1 · kit `))
    expect(out).toContain('2 passed')
    expect(code).toBe(0)
  })
})

test('a broken law ends with 1, and is written to the files asked for', async () => {
  const file = module('broken.mjs', `${IMPORT}export const subject = { name: 'forgetful', open: ${BROKEN} }`)
  const [json, badge] = [join(folder, 'report.json'), join(folder, 'badge.svg')]
  const { code, out } = await run(file, '--law', 'S5', '--seed', '4', '--json', json, '--badge', badge)
  expect(code).toBe(1)
  expect(out).toContain(`import { subject } from '${file}'`)
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ subject: 'forgetful', passed: false })
  expect(readFileSync(badge, 'utf8')).toMatch(/^<svg .*0 of 1 laws/s)
  const [, replay = ''] = /replay +(.*)/.exec(out) ?? []
  const again = await run(file, ...replay.split(' '))
  expect(again.code).toBe(1)
  expect(again.out).toContain(replay)
})

describe('what cannot be checked ends with 2, and says why', () => {
  const two = module('two.mjs', `${IMPORT}export const one = strangers, other = (context) => strangers()`)
  const codec = module(
    'codec.mjs',
    "const codec = { name: 'c', encode: (value) => new TextEncoder().encode(JSON.stringify(value)), decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) }\nexport const subject = { name: 'c', codec: () => codec }",
  )
  const none = module('none.mjs', 'export const answer = 42')

  test.each([
    [[], 'expected the path of a module'],
    [['a.mjs', 'b.mjs'], 'expected the path of one module, got also b.mjs'],
    [['a.mjs', '--lwa', 'K1'], "Unknown option '--lwa'"],
    [['a.mjs', '--law', 'K99'], '--law: expected a law such as K1, got K99'],
    [['a.mjs', '--runs', 'many'], '--runs: expected an integer, got many'],
    [['a.mjs', '--path', '1.1', '--law', 'K1'], '--path needs the --law and the --seed'],
    [[join(folder, 'nowhere.mjs')], 'could not be loaded'],
    [[module('broken-syntax.mjs', 'export const = 1')], 'could not be loaded'],
    [[none], 'exports no subject: expected an object with a name and open, layer, layers or codec, or a function'],
    [[none, '--export', 'answer'], 'expected answer to be a subject or a function, got number'],
    [[none, '--export', 'other'], 'has no export other; it has answer'],
    [
      [
        module(
          'no-arbitrary.mjs',
          `${IMPORT}export const subject = { name: 'mine', open: strangers, values: { arbitrary: 1 } }`,
        ),
      ],
      'subject.values: expected an arbitrary of fast-check and a function equal',
    ],
    [[two], 'choose one with --export: one, other'],
    [[two, '--export', 'one', '--law', 'F5'], 'nothing was checked\n  F5 is not applicable: the subject has no damage'],
    [[two, '--export', 'one', '--law', 'V5'], 'V5 is not applicable: a law of codecs'],
    [[codec, '--law', 'K1'], 'K1 is not applicable: it is no law of what is checked'],
    [[two, '--export', 'one', '--law', 'K1', '--seed', '1', '--path', '9.9'], '--path 9.9 leads to nothing in K1'],
    [[codec, '--law', 'V5', '--seed', '1', '--path', '2:0:999999'], '--path 2:0:999999 leads to nothing in V5'],
    [[codec, '--law', 'V5', '--seed', '1', '--path', '2:x'], '--path 2:x leads to nothing'],
    [[codec, '--law', 'V5', '--seed', '1', '--path', '99:0'], '--path 99:0 leads to nothing in V5'],
    [[two, '--export', 'one', '--runs', '0'], 'runs: expected a positive integer, got 0'],
  ])('%j', async (args, message) => {
    const { code, err } = await run(...args)
    expect(err).toContain(message)
    expect(code).toBe(2)
  })

  test('a report that cannot be written is told with what went wrong', async () => {
    const file = module('fine.mjs', `${IMPORT}export const subject = { name: 'mine', open: strangers }`)
    const { code, err } = await run(
      file,
      '--law',
      'K1',
      '--runs',
      '1',
      '--json',
      join(folder, 'nowhere', 'report.json'),
    )
    expect(err).toMatch(/ENOENT/)
    expect(code).toBe(2)
  })

  test('--help is help', async () => {
    const { code, out } = await run('--help')
    expect(out).toContain('--badge FILE')
    expect(out).toContain('{ name, codec }')
    expect((await run('crash', '--help')).out).toContain('--kills N')
    expect(code).toBe(0)
  })
})
