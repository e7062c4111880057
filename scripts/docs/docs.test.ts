import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../lib/sources.js'
import { extract } from './blocks.js'

// Every `ts` block of every document, as it stands there: compiled under the project's own strict settings, then run.

const documents = extract()

test('every block compiles', { timeout: 120_000 }, async () => {
  const files = documents.flatMap(({ blocks }) => blocks.map(({ file }) => file))
  if (files.length === 0) return
  const folder = join(root, '.docs-check')
  const config = join(folder, 'tsconfig.json')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    config,
    JSON.stringify({
      extends: '../tsconfig.base.json',
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      files,
    }),
  )
  expect(await compile(config)).toBe('')
})

/** What the compiler has to say: nothing, if all is well. */
async function compile(config: string): Promise<string> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  try {
    await promisify(execFile)(process.execPath, [tsc, '-p', config], { cwd: root })
    return ''
  } catch (error) {
    return (error as { readonly stdout?: string }).stdout ?? String(error)
  }
}

describe.each(documents.filter(({ blocks }) => blocks.some(({ runs }) => runs)))('$path', ({ blocks }) => {
  const back = process.cwd()
  const scratch = mkdtempSync(join(tmpdir(), 'cachette-docs-'))
  beforeAll(() => process.chdir(scratch))
  afterAll(() => {
    process.chdir(back)
    rmSync(scratch, { recursive: true, force: true })
  })

  test.each(blocks.filter(({ runs }) => runs))('line $line runs', { timeout: 20_000 }, async ({ file }) => {
    await import(file)
  })
})
