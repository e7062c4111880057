// All static checks, one after the other. Every one is run, also when another has failed; only what needs the build waits for it.
import { Failed, main, run, say, seconds, step } from './lib/shell.mjs'
import { install } from './lib/workspace.mjs'

const FROM_SOURCES = ['format:check', 'lint', 'typecheck', 'deps', 'knip', 'build']
const FROM_BUILD = ['package:check', 'size', 'api:check']

/** @type {string[]} */
const failed = []

/** @param {string} name of a script in package.json */
function check(name) {
  try {
    step(name, () => run(['npm', 'run', '--silent', name], { quiet: name === 'build' }))
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    failed.push(name)
  }
}

main(() => {
  const began = performance.now()
  install()
  for (const name of FROM_SOURCES) check(name)
  if (!failed.includes('build')) for (const name of FROM_BUILD) check(name)
  say(failed.length === 0 ? `All checks passed in ${seconds(began)}.` : `Failed: ${failed.join(', ')}`)
  if (failed.length > 0) throw new Failed(1)
})
