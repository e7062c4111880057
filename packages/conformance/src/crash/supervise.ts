import type { ProcessSettings } from './options.js'
import { type Child, type Exit, start } from './spawn.js'
import type { Job, Message } from './wire.js'

export interface End {
  readonly exit: Exit
  /** It said nothing for so long that it was killed. */
  readonly hung: boolean
  /** It was killed on purpose. */
  readonly killed: boolean
}

/** What the one who hears a child can do to it. */
export interface Control {
  kill(): void
  say(line: string): void
}

/** Runs a child, hears what it tells, and kills it where it is told to or falls silent. Every word is a sign of life. */
export async function supervise(
  { program, patienceMs }: Pick<ProcessSettings, 'program' | 'patienceMs'>,
  job: Job,
  hear: (message: Message, control: Control) => void,
): Promise<End> {
  let killed = false
  let hung = false
  let watchdog: NodeJS.Timeout | undefined
  let child: Child | undefined
  const control: Control = {
    kill() {
      killed = true
      child?.kill()
    },
    say: (line) => child?.say(line),
  }
  const watch = (): void => {
    clearTimeout(watchdog)
    watchdog = setTimeout(() => {
      hung = true
      child?.kill()
    }, patienceMs)
  }
  watch()
  child = start(program, job, (message) => {
    watch()
    hear(message, control)
  })
  const exit = await child.exit.finally(() => clearTimeout(watchdog))
  return { exit, hung, killed }
}

/** Whether a process ended as it was meant to: by itself once it was done, or by the kill. */
export function endedAsTold({ exit, killed }: End, done: boolean): boolean {
  return done ? exit.code === 0 : killed && exit.signal === 'SIGKILL'
}
