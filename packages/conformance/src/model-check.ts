import type { Check, CheckContext } from './check.js'
import { type Command, type Script, scripts } from './commands.js'
import { always } from './expect.js'
import { ModelRun } from './model-run.js'
import { isFair } from './sweep.js'

/** Random calls over a few similar keys, on the store and on a model of it. Each comparison says which law it is about. */
export const MODEL_CHECK: Check = {
  law: 'P1',
  title: 'calls at random, compared with a model',
  applies: always,
  run: (context) => follow(context, single),
}

/** The same with batches, for stores that did well without: what goes wrong now is the fault of a batch. */
export const BATCH_MODEL_CHECK: Check = {
  law: 'B1',
  title: 'batches at random, compared with a model',
  applies: always,
  run: (context) => follow(context, (script) => script),
}

async function follow(context: CheckContext, prepare: (script: Script) => Script): Promise<void> {
  const { traits, values, subject } = context
  // The model never evicts.
  if (traits.evicts === 'any') return
  const canReopen = traits.lives !== 'process' && subject.reopen !== undefined
  await context.property(scripts(traits, values, canReopen).map(prepare), async ({ keys, commands }, trial) => {
    if (!isFair(context, keys)) return
    const run = new ModelRun(trial, context, keys)
    for (const command of commands) await run.do(command)
  })
}

function single({ keys, commands }: Script): Script {
  return { keys, commands: commands.map(first) }
}

function first(command: Command): Command {
  if (command.type === 'write') return { ...command, changes: command.changes.slice(0, 1) }
  return command.type === 'read' ? { ...command, keys: command.keys.slice(0, 1) } : command
}
