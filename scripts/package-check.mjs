// What would be published: packed, looked at by publint and attw, and every entry loaded both ways.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failed, main, root, run, say } from './lib/shell.mjs'
import { manifest, pnpm, published } from './lib/workspace.mjs'

const bin = `${root}node_modules/.bin/`

/** Loads only inside its test runner. */
const RUNNER_ONLY = ['@cachette/conformance/vitest']

/** @param {string} folder @param {string} into */
function check(folder, into) {
  const { name, exports = {} } = manifest(folder)
  run([...pnpm(), 'pack', '--pack-destination', into], { quiet: true, cwd: `${root}${folder}` })
  const tarball = join(into, readdirSync(into)[0] ?? '')
  run([`${bin}publint`, 'run', '--strict', tarball], { quiet: true })
  run([`${bin}attw`, tarball, '--profile', 'node16'], { quiet: true })
  const entries = Object.keys(exports).map((path) => name + path.slice(1))
  for (const entry of entries) if (!RUNNER_ONLY.includes(entry)) load(folder, entry)
  say(`  ${name}: ${entries.length} entries`)
}

/** By the package's own name, which leads through its `exports`. @param {string} folder @param {string} entry */
function load(folder, entry) {
  const json = entry.endsWith('.json') ? ", { with: { type: 'json' } }" : ''
  for (const code of [`require('${entry}')`, `import('${entry}'${json})`]) {
    run([process.execPath, '--no-warnings', '--eval', code], { quiet: true, cwd: `${root}${folder}` })
  }
}

main(() => {
  let failed = 0
  for (const folder of published()) {
    const into = mkdtempSync(join(tmpdir(), 'cachette-pack-'))
    try {
      check(folder, into)
    } catch (error) {
      if (!(error instanceof Failed)) throw error
      say(`  ${folder}: failed`)
      failed++
    } finally {
      rmSync(into, { recursive: true, force: true })
    }
  }
  if (failed > 0) throw new Failed(1)
})
