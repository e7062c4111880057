import { existsSync, readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { aliases, root } from './scripts/lib/sources.js'

// `pnpm soak` sets it: then the long-running files are run, and only those.
const soakSeconds = Number(process.env['CACHETTE_SOAK_SECONDS'] ?? 0)
const kind = soakSeconds > 0 ? 'soak' : 'test'

/** A project is named after its folder; tests run from the sources, without a build. */
const project = (name: string, folder: string, include: string) => ({
  resolve: { alias: aliases() },
  test: { name, root: folder, include: [include], ...(soakSeconds > 0 && { testTimeout: (soakSeconds + 60) * 1000 }) },
})

const packages = readdirSync(`${root}packages`)
  .filter((name) => existsSync(`${root}packages/${name}/test`))
  .map((name) => project(name, `packages/${name}`, `test/**/*.${kind}.ts`))

const least = (percent: number) => ({ lines: percent, statements: percent, functions: percent, branches: percent })

export default defineConfig({
  resolve: { alias: aliases() },
  test: {
    globalSetup: './scripts/lib/servers.ts',
    projects: [...packages, project('docs', 'scripts/docs', `*.${kind}.ts`)],
    silent: 'passed-only',
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      // What runs in processes that are killed counts for none: they cannot say what they ran.
      exclude: ['packages/bench/**', 'packages/conformance/src/crash/child/**'],
      reporter: ['text-summary', ['text', { file: 'coverage.txt', skipFull: true }]],
      thresholds: {
        'packages/core/src/**': least(95),
        'packages/!(core|bench)/src/**': least(90),
      },
    },
  },
})
