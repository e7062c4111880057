// `pnpm bench:hitrate DIR`: builds the bench, and has it replay the traces in a folder. All other arguments are its own.
import { resolve } from 'node:path'
import { main, root, run, step } from './lib/shell.mjs'
import { build, install } from './lib/workspace.mjs'

/** Folders are named as seen from where the command is typed, which pnpm says. */
const from = process.env['INIT_CWD'] ?? process.cwd()

main(() => {
  install()
  step('build the bench and what it measures', () => build(['--filter=@cachette/bench'], { quiet: true }))
  const args = process.argv.slice(2).map((arg) => (arg.startsWith('-') ? arg : resolve(from, arg)))
  run([process.execPath, `${root}packages/bench/dist/main.js`, 'hitrate', ...args])
})
