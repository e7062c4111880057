import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { aptInstall } from './apt.js'
import { failed } from './until.js'

/** What is run, and the packages of Debian that bring it. */
const PACKAGES = {
  'redis-server': ['redis-server'],
  memcached: ['memcached'],
  // Without recommended packages PLAIN, the one way to log in that clients of memcached know, comes apart from it.
  saslpasswd2: ['sasl2-bin', 'libsasl2-modules'],
  openssl: ['openssl'],
} as const satisfies Record<string, readonly string[]>

export type Program = keyof typeof PACKAGES

const ALL: readonly Program[] = ['redis-server', 'memcached', 'saslpasswd2', 'openssl']

/** Where programs for administrators lie, which are not always searched. */
const MORE_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** The machine as far as it decides what can be run and installed. */
export interface Machine {
  readonly env: NodeJS.ProcessEnv
  readonly folders: readonly string[]
  readonly isRoot: boolean
}

const THIS: Machine = {
  env: process.env,
  folders: [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...MORE_FOLDERS],
  isRoot: process.getuid?.() === 0,
}

/** Those of the programs that are not on this machine. */
export function missingServers(): readonly Program[] {
  return missingOn(THIS)
}

/**
 * Installs what is missing, from the packages of Debian, if it may: as root, where `CACHETTE_INSTALL_SERVERS` is 1, or
 * is not set and `CI` is. It says on stderr what it does. What is still missing then is an error that says what to
 * install.
 */
export async function installServers(): Promise<void> {
  await installOn(THIS)
}

export function missingOn(machine: Machine): readonly Program[] {
  return ALL.filter((program) => find(program, machine) === undefined)
}

export async function installOn(machine: Machine): Promise<void> {
  await provide(missingOn(machine), machine)
}

/** Where a program is; if it is missing, it is installed if it may be. */
export async function located(program: Program, machine: Machine = THIS): Promise<string> {
  const found = find(program, machine)
  if (found !== undefined) return found
  await provide([program], machine)
  return find(program, machine) ?? program
}

async function provide(programs: readonly Program[], machine: Machine): Promise<void> {
  if (programs.length === 0) return
  const packages = programs.flatMap((program) => PACKAGES[program])
  const refusal = whyNot(machine)
  if (refusal !== undefined) throw missing(programs, refusal)
  await aptInstall(packages, machine.env)
  const still = programs.filter((program) => find(program, machine) === undefined)
  if (still.length > 0) throw missing(still, 'installing them has not brought them')
}

function whyNot(machine: Machine): string | undefined {
  const { env, isRoot } = machine
  const asked = env['CACHETTE_INSTALL_SERVERS'] ?? env['CI'] ?? ''
  if (['', '0', 'false'].includes(asked))
    return 'nobody asked for them to be installed, which CACHETTE_INSTALL_SERVERS=1 does'
  if (!isRoot) return 'only root can install them'
  return find('apt-get', machine) === undefined ? 'there is no apt-get to install them with' : undefined
}

function missing(programs: readonly Program[], why: string): Error {
  const packages = programs.flatMap((program) => PACKAGES[program])
  return failed(`not on this machine: ${programs.join(', ')}; ${why}. On Debian: apt-get install ${packages.join(' ')}`)
}

function find(file: string, { folders }: Machine): string | undefined {
  return folders.map((folder) => join(folder, file)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not for us: the next folder may have it.
    return false
  }
}
