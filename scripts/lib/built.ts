/** Sources as modules that Node can import: for tests whose subject runs in processes of its own. */

import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Options } from 'tsup'
import { afterAll } from 'vitest'
import { root } from './sources.js'

/** As the conformance kit's checks in processes take it. */
export interface Built {
  readonly module: URL
  /** The kit's own program. */
  readonly program: URL
}

/**
 * Bundles a module of a package with all that it imports of this repository, and the kit's program. To be called
 * while a test file is collected: when its tests are over, the bundles are removed.
 */
export async function built(module: URL): Promise<Built> {
  const outDir = mkdtempSync(join(tmpdir(), 'cachette-built-'))
  afterAll(() => rm(outDir, { recursive: true, force: true }))
  writeFileSync(join(outDir, 'package.json'), '{ "type": "module" }')
  await build({
    config: false,
    silent: true,
    entry: { module: fileURLToPath(module), cli: `${root}packages/conformance/src/cli.ts` },
    outDir,
    format: 'esm',
    outExtension: () => ({ js: '.js' }),
    target: 'node20',
    tsconfig: `${root}tsconfig.base.json`,
    removeNodeProtocol: false,
    noExternal: [/^@cachette\//],
    esbuildPlugins: [LIBRARIES_WHERE_THEY_ARE],
  })
  return { module: pathToFileURL(join(outDir, 'module.js')), program: pathToFileURL(join(outDir, 'cli.js')) }
}

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** What is bundled lies far from where its libraries are found. */
const LIBRARIES_WHERE_THEY_ARE: Plugin = {
  name: 'libraries-where-they-are',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
      if (kind === 'entry-point' || path.startsWith('node:') || path.startsWith('@cachette/')) return undefined
      return { path: pathToFileURL(createRequire(importer).resolve(path)).href, external: true }
    })
  },
}
