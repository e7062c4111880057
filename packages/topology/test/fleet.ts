import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { faultProxy } from '@cachette/conformance/proxy'
import { redisServer } from '@cachette/conformance/servers'
import type { Built } from '../../../scripts/lib/built.js'
import { TTL_MS } from './fleet-terms.js'

interface Changed {
  readonly number: number
  readonly isRemoval: boolean
  /** When it was answered; never where its process was killed first. */
  doneAt: number
}

interface Seen {
  readonly kind: string
  readonly key: string
  /** The number that was read; nothing where there was none. */
  readonly number: number | undefined
  readonly begin: number
}

interface FleetReport {
  readonly wrong: readonly string[]
  readonly changes: number
  readonly reads: number
  readonly kills: number
  readonly cuts: number
}

/** A turn of trouble: a process is killed, or the bus is cut, in turns. */
const TROUBLE_MS = 400

/** Processes over one Redis, killed and cut off from their bus again and again; and what they read that they should not. */
export async function runFleet(subject: Built, members: number, forMs: number): Promise<FleetReport> {
  await using server = await redisServer()
  const bus = await faultProxy({ to: { host: '127.0.0.1', port: server.port }, seed: 1 })
  const changed = new Map<string, Changed[]>()
  const seen: Seen[] = []
  const note = (line: string): void => {
    const [kind = '', key = '', number = '', last = ''] = line.split(' ')
    const ofKey = changed.get(key) ?? []
    changed.set(key, ofKey)
    if (kind === 'begin') ofKey.push({ number: Number(number), isRemoval: last === 'remove', doneAt: Infinity })
    else if (kind === 'done') {
      const one = ofKey.findLast((other) => other.number === Number(number))
      if (one !== undefined) one.doneAt = Number(last)
    } else seen.push({ kind, key, number: number === 'absent' ? undefined : Number(number), begin: Number(last) })
  }
  const ended: Promise<unknown>[] = []
  const failed: string[] = []
  const start = (member: number): ChildProcess => {
    const program = fileURLToPath(subject.module)
    const args = [program, server.port, bus.port, member, members].map(String)
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    let rest = ''
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) note(line)
    })
    ended.push(
      new Promise((resolve) => {
        child.on('close', (code, signal) => {
          if (signal !== 'SIGKILL' && code !== 0) failed.push(`process ${member} ended with ${code ?? signal}`)
          resolve(undefined)
        })
      }),
    )
    return child
  }
  const fleet = Array.from({ length: members }, (_, member) => start(member))
  let [kills, cuts] = [0, 0]
  const end = Date.now() + forMs
  for (let turn = 0; Date.now() < end; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, TROUBLE_MS))
    if (turn % 3 === 0) {
      cuts += 1
      await bus.fault({ kind: 'refuse' })
      bus.sever()
    } else if (turn % 3 === 1) await bus.heal()
    else {
      const member = kills % members
      kills += 1
      fleet[member]?.kill('SIGKILL')
      fleet[member] = start(member)
    }
  }
  await bus.heal()
  for (const child of fleet) child.stdin?.end()
  await Promise.all(ended)
  await bus.stop()
  const changes = [...changed.values()].reduce((sum, { length }) => sum + length, 0)
  return { wrong: [...failed, ...wrongIn(changed, seen)], changes, reads: seen.length, kills, cuts }
}

/** Reads that are further behind than a copy is trusted; the last ones are behind nothing, since all changes are long over. */
function wrongIn(changed: ReadonlyMap<string, readonly Changed[]>, seen: readonly Seen[]): readonly string[] {
  const facts = new Map([...changed].map(([key, ofKey]) => [key, factsOf(ofKey)]))
  return seen.flatMap(({ kind, key, number, begin }) => {
    const { answered, sets, removals } = facts.get(key) ?? factsOf([])
    // What was answered so long before must be seen, or something that began later.
    const known = lastBefore(answered, begin - TTL_MS)
    if (number === undefined) {
      // Numbers are times as well, and no read takes longer than a second: a later removal does not explain it.
      const isExplained = (one: Changed): boolean => one.number >= (known?.number ?? 0) && one.number <= begin + 1_000
      if (known === undefined || removals.some(isExplained)) return []
      return [`${kind} ${key} at ${begin}: nothing, and ${known.number} had been set long before`]
    }
    if (!sets.has(number)) return [`${kind} ${key}: ${number} was never set`]
    if (known === undefined || number >= known.number) return []
    const what = known.isRemoval ? 'removed' : 'set'
    return [`${kind} ${key} at ${begin}: ${number}, and ${known.number} was ${what} at ${known.doneAt}`]
  })
}

function factsOf(ofKey: readonly Changed[]) {
  return {
    /** In the order in which they were answered, since a key has one writer. */
    answered: ofKey.filter(({ doneAt }) => doneAt < Infinity),
    sets: new Set(ofKey.flatMap(({ number, isRemoval }) => (isRemoval ? [] : [number]))),
    removals: ofKey.filter(({ isRemoval }) => isRemoval),
  }
}

function lastBefore(answered: readonly Changed[], at: number): Changed | undefined {
  let [from, end] = [0, answered.length]
  while (from < end) {
    const middle = (from + end) >>> 1
    if ((answered[middle]?.doneAt ?? Infinity) < at) from = middle + 1
    else end = middle
  }
  return answered[from - 1]
}
