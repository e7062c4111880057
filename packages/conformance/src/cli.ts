#!/usr/bin/env node
import { main } from './cli/main.js'

const code = await main(process.argv.slice(2))
// A store that was broken may keep the process alive; what was said of it must still be read.
process.stdout.write('', () => process.exit(code))
