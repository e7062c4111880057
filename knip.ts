import { readdirSync } from 'node:fs'
import type { KnipConfig } from 'knip'
import { entries } from './tsup.base.js'

/** What uses a package's files: its entries, and its tests. */
const workspaces = ['packages', 'examples']
  .flatMap((parent) => readdirSync(parent).map((name) => `${parent}/${name}`))
  .map((folder) => {
    const { libraries, programs } = entries(folder)
    const entry = [...Object.values(libraries), ...Object.values(programs), 'test/**/*.{test,soak,test-d}.ts', '*.mjs']
    return [folder, { entry, project: ['src/**/*.ts', 'test/**/*.ts', '*.mjs'] }] as const
  })

const config: KnipConfig = {
  // Packages of this repository are found in their sources, by `paths`: tests use them without declaring them.
  ignoreDependencies: ['@cachette/.+'],
  // The system's own, which tests of full disks need.
  ignoreBinaries: ['mount', 'umount'],
  workspaces: {
    '.': {
      entry: ['scripts/*.mjs', 'scripts/lib/tally-reporter.ts', 'scripts/docs/*.test.ts'],
      project: ['*.{js,cjs,ts}', 'scripts/**/*.{mjs,ts}'],
      // Run by name from scripts.
      ignoreDependencies: ['@arethetypeswrong/cli', 'publint', 'turbo'],
    },
    ...Object.fromEntries(workspaces),
  },
}

export default config
