import { replyWord } from './errors.js'
import { SCRIPTS } from './scripts.js'
import type { Wire } from './wire.js'

/** What has functions that the scripts and the scans need. */
const OLDEST = 7

/** What a server says of itself. */
interface Facts {
  readonly version: string
  readonly role: string
}

/**
 * Makes sure, before anything else is asked, that the server at the other end will do, and gives it the scripts. Fails
 * with what is wrong with it.
 */
export async function inspect(wire: Wire, role: 'any' | 'master'): Promise<void> {
  const [hello, ...loads] = wire.send([['HELLO'], ...SCRIPTS.map(({ text }) => ['SCRIPT', 'LOAD', text] as const)])
  // Whoever may not load scripts may still send them with each call.
  for (const load of loads) load.catch(() => undefined)
  const facts = await hello?.then(factsIn, refusal)
  if (facts === undefined) return
  const isOld = Number.parseInt(facts.version, 10) < OLDEST
  if (isOld) throw new Error(`expected a server of Redis ${OLDEST}.0 or later, got ${facts.version}`)
  if (role === 'master' && facts.role !== 'master') throw new Error(`expected a master, got a ${facts.role}`)
}

/** Nothing where this user may not ask. */
function refusal(error: unknown): undefined {
  const word = replyWord(error)
  if (word === 'NOPERM') return undefined
  if (word === 'ERR') throw new Error(`expected a server of Redis ${OLDEST}.0 or later, got one that knows no HELLO`)
  throw error
}

/** Fields and their values by turns, or as an object where a client that was handed in reads them so. */
function factsIn(answer: unknown): Facts {
  const fields = new Map<string, string>()
  if (Array.isArray(answer)) {
    for (let at = 0; at + 1 < answer.length; at += 2) fields.set(String(answer[at]), String(answer[at + 1]))
  } else if (typeof answer === 'object' && answer !== null) {
    for (const [name, value] of Object.entries(answer)) fields.set(name, String(value))
  }
  return { version: fields.get('version') ?? '', role: fields.get('role') ?? '' }
}
