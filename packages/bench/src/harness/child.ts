/** Work in a process of its own, so that neither the heap nor the compiled code of other work stands in its way. */

import { fork } from 'node:child_process'
import type { Plan } from './group.js'

/** A whole group, or one subject of it. */
export interface Task {
  readonly group: string
  readonly subject?: string | undefined
  readonly plan: Plan
}

const FLAG = '--task'

/** Runs this very program with the task; gives what it answers. */
export function inChild<T>(task: Task): Promise<T> {
  const [, program = ''] = process.argv
  const child = fork(program, [FLAG, JSON.stringify(task)], { execArgv: ['--expose-gc'] })
  return new Promise((resolve, reject) => {
    let answer: { readonly result: T } | undefined
    child.once('message', (message) => {
      answer = message as unknown as { readonly result: T }
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (answer !== undefined && code === 0) resolve(answer.result)
      else reject(new Error(`${task.group} ${task.subject ?? ''}: the process ended with ${signal ?? code}`))
    })
  })
}

/** The task that this process was started for, if it was. */
export function ownTask(args: readonly string[]): Task | undefined {
  const [flag, text] = args
  return flag === FLAG && text !== undefined ? (JSON.parse(text) as Task) : undefined
}

/** Hands the result to the process that asked for it, and lets go of it. */
export function answer(result: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.({ result }, (error: Error | null) => {
      if (error) return reject(error)
      process.disconnect()
      resolve()
    })
  })
}
