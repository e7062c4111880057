#!/usr/bin/env node
import { CHILD_COMMAND } from './crash/wire.js'

const args = process.argv.slice(2)
if (args[0] === CHILD_COMMAND) {
  // Loaded by itself: a child is started for every kill, and needs little of the kit.
  const { child } = await import('./crash/child/run.js')
  await child(args[1] ?? '')
} else {
  const { main } = await import('./cli/main.js')
  const code = await main(args)
  // A store that was broken may keep the process alive; what was said of it must still be read.
  process.stdout.write('', () => process.exit(code))
}
