import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { failed } from './until.js'

/** For another installation to end, and for one's own, downloads included. */
const LOCK_SECONDS = 300
const INSTALL_SECONDS = 300

/** Locked while packages are installed: a folder that is there wherever apt-get is, and that only root can write to. */
const LOCK = '/var/lib/apt'

/** Of util-linux, which every Debian has: the lock is gone with its process, however that ends. */
const LOCKING = 'flock'

const LOG_SHOWN = 2_000

/**
 * Installs packages of Debian; one process at a time, and without a question. The lists of packages may be missing or
 * outdated: they are fetched where it fails without. Debian starts what it installs, unless the machine forbids that.
 */
export async function aptInstall(packages: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const list = packages.join(' ')
  process.stderr.write(`installing with apt-get: ${list}\n`)
  const lock = `DPkg::Lock::Timeout=${LOCK_SECONDS}`
  const install = `apt-get install -y -q --no-install-recommends -o ${lock} ${list}`
  const { status, output } = await underLock(`${install} || { apt-get update -q && ${install}; }`, env)
  if (status === 0) return
  throw failed(`apt-get could not install ${list} (exit ${status}): install them by hand`, output.slice(-LOG_SHOWN))
}

interface Ended {
  readonly status: number | null
  readonly output: string
}

async function underLock(script: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const bounded = ['timeout', '--kill-after=10', `${INSTALL_SECONDS}`, 'sh', '-c', script]
  const child = spawn(LOCKING, ['--timeout', `${LOCK_SECONDS}`, LOCK, ...bounded], {
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-LOG_SHOWN)
    })
  }
  await once(child, 'close')
  return { status: child.exitCode, output }
}
