import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'

/**
 * Ends what was started and removes its files when this process has ended, however that came about: the shell reads
 * a line for each change from a pipe, and the system closes the pipe of a process that is no more.
 */
const SCRIPT = `
guarded=
while read -r verb pid folder; do
  rest=
  IFS='
'
  for entry in $guarded; do [ "\${entry%% *}" = "$pid" ] || rest="$rest
$entry"; done
  unset IFS
  guarded=$rest
  [ "$verb" = guard ] && guarded="$guarded
$pid $folder"
done
IFS='
'
for entry in $guarded; do
  kill -KILL "\${entry%% *}"
  rm -rf "\${entry#* }"
done
`

let shell: ChildProcess | undefined
const guarded = new Set<number>()

/** From now on the process ends, and its folder goes, no later than this one. */
export function guard(pid: number, folder: string): void {
  guarded.add(pid)
  shell ??= start()
  shell.stdin?.write(`guard ${pid} ${folder}\n`)
}

/** It has ended: another process may get its id. */
export function release(pid: number): void {
  if (!guarded.delete(pid)) return
  shell?.stdin?.write(`release ${pid}\n`)
  if (guarded.size > 0) return
  shell?.stdin?.end()
  shell = undefined
}

function start(): ChildProcess {
  // In a group of its own: an interrupt from the keyboard must not end it before it has done its work.
  const started = spawn('sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  started.unref()
  // Without it servers still end when they are stopped, so its end is no failure.
  const forget = (): void => {
    if (shell === started) shell = undefined
  }
  started.once('error', forget).once('exit', forget)
  started.stdin?.once('error', forget)
  if (started.stdin instanceof Socket) started.stdin.unref()
  return started
}
