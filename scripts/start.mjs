// `npm start`: builds what the tour needs, and takes the tour. What comes after `--` is passed on to it: `npm start -- --json`,
// `npm start -- --store redis://localhost`.
import { main, root, run, step } from './lib/shell.mjs'
import { build, install } from './lib/workspace.mjs'

main(() => {
  install()
  step('build the tour and what it needs', () => build(['--filter=@cachette/example-tour'], { quiet: true }))
  run([process.execPath, `${root}examples/tour/dist/main.js`, ...process.argv.slice(2)])
})
