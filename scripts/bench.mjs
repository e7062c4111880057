// `pnpm bench`: builds the bench and what it measures, since figures are of what ships, and runs it. All arguments are its own.
import { main, root, run, step } from './lib/shell.mjs'
import { build, install } from './lib/workspace.mjs'

main(() => {
  install()
  step('build the bench and what it measures', () => build(['--filter=@cachette/bench'], { quiet: true }))
  run([process.execPath, `${root}packages/bench/dist/main.js`, ...process.argv.slice(2)])
})
