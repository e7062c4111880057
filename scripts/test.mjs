// `npm test`: every test with coverage. `npm test -- <vitest's arguments>`: the tests they select, without it.
import { main } from './lib/shell.mjs'
import { install, vitest } from './lib/workspace.mjs'

main(() => {
  install()
  const selection = process.argv.slice(2)
  const coverage = selection.length === 0 ? ['--coverage'] : selection
  vitest(['run', '--reporter=default', '--reporter=./scripts/lib/tally-reporter.ts', ...coverage])
})
