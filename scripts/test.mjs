// `npm test`: every test with coverage. `npm test -- <vitest's arguments>`: the tests they select, without it.
import { main } from './lib/shell.mjs'
import { install, vitest } from './lib/workspace.mjs'

main(() => {
  install()
  const selection = process.argv.slice(2)
  const coverage = selection.length === 0 ? ['--coverage'] : selection
  // As root of a Debian the tests install the servers that they need, unless they are told otherwise.
  const servers = { CACHETTE_INSTALL_SERVERS: process.env['CACHETTE_INSTALL_SERVERS'] ?? '1' }
  vitest(['run', '--reporter=default', '--reporter=./scripts/lib/tally-reporter.ts', ...coverage], servers)
})
