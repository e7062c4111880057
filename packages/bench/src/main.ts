import { cli, perform } from './cli.js'
import { groups } from './groups/index.js'
import { answer, ownTask } from './harness/child.js'
import { hitRates } from './hit-rate/command.js'

const args = process.argv.slice(2)
const output = { out: process.stdout, err: process.stderr }
const task = ownTask(args)
if (task !== undefined) await answer(await perform(task, groups))
else if (args[0] === 'hitrate') process.exitCode = hitRates(args.slice(1), output)
else process.exitCode = await cli(args, groups, output)
