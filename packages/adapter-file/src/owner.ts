import { hash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Where process ids mean the same: the machine and its namespace of processes. */
const PLACE = short(`${hostname()} ${linked('/proc/self/ns/pid')}`)

/** Names this thread of this process in the names of what it is about to write. */
export const OWNER: string = [
  PLACE,
  process.pid,
  startOf(process.pid),
  short(`${Math.random()} ${performance.now()}`),
].join('-')

/** What has become of whoever made something: of another machine's processes nobody can tell here. */
export function fateOf(owner: string): 'there' | 'gone' | 'elsewhere' {
  const [place, id = '', start] = owner.split('-')
  const pid = Number(id)
  if (place !== PLACE || !(Number.isSafeInteger(pid) && pid > 0)) return 'elsewhere'
  return isAlive(pid) && startOf(pid) === start ? 'there' : 'gone'
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Any other failure says that there is one, of another user.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/**
 * Process ids come again, in containers at every start; boot and time of start do not. Empty where it is not told, and
 * `ended` of one that nobody has taken note of yet.
 */
function startOf(pid: number): string {
  const [, facts = ''] = read(`/proc/${pid}/stat`).split(/\)(?!.*\))/s)
  const [state = '', ...numbers] = facts.trim().split(' ')
  const ticks = numbers[18]
  if (ticks === undefined) return ''
  return 'ZX'.includes(state) ? 'ended' : short(`${read('/proc/sys/kernel/random/boot_id')} ${ticks}`)
}

function short(text: string): string {
  return hash('sha256', text).slice(0, 8)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return '' // Not on this system, or the process has ended.
  }
}

function linked(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return '' // Not on this system.
  }
}
