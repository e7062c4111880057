import { cli, perform } from './cli.js'
import { groups } from './groups/index.js'
import { answer, ownTask } from './harness/child.js'

const args = process.argv.slice(2)
const task = ownTask(args)
if (task === undefined) process.exitCode = await cli(args, groups, { out: process.stdout, err: process.stderr })
else await answer(await perform(task, groups))
