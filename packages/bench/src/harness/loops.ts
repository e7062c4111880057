/**
 * The loop round a call. Each subject gets a loop that is compiled for it alone: in a shared one, the engine would see
 * the calls of all subjects at one place and could inline none of them, which costs fast subjects most.
 */

import { runInThisContext } from 'node:vm'
import type { Face, Load, Pace, Verb } from './face.js'
import type { Workload } from './keys.js'

/** Makes so many calls, beginning at a place of the asked sequence. Gives the number of answers that were missing. */
export type Loop = (calls: number, from: number) => number | Promise<number>

/** A key, or a batch of them. */
type Asked = readonly (string | readonly string[])[]
type Call = (asked: string & readonly string[], more?: unknown) => unknown

type Compiled = (
  call: Call,
  asked: Asked,
  given: readonly unknown[],
  load: Load,
  calls: number,
  from: number,
) => number | Promise<number>

const CALLS: Readonly<Record<Verb, string>> = {
  get: 'call(asked[at])',
  set: 'call(asked[at], given[at])',
  getOrSet: 'call(asked[at], load)',
  getMany: 'call(asked[at])',
}

/** How many keys are asked for in one call, where a call asks for many. */
const BATCH = 100

/** Keeps engines from taking two subjects' loops for the same source. */
let compiled = 0

export function loop(face: Face, work: Workload, verb: Verb, pace: Pace): Loop {
  const run = compile(verb, pace)
  const call = callOf(face, verb)
  const { given } = work
  const asked = verb === 'getMany' ? batchesOf(work.asked) : work.asked
  return (calls, from) => run(call, asked, given, neverLoads, calls, from)
}

function compile(verb: Verb, pace: Pace): Compiled {
  compiled += 1
  // What a set answers differs from cache to cache, and the gate has read it back.
  const count = (answer: string): string => {
    if (verb === 'set') return `${answer};`
    if (verb === 'getMany') return `if (${answer}.includes(undefined)) missing += 1;`
    return `if (${answer} === undefined) missing += 1;`
  }
  const one = pace === 'sync' ? count(CALLS[verb]) : count(`(await ${CALLS[verb]})`)
  const many = `pending.push(${CALLS[verb]});
    if (pending.length === ${pace}) { for (const answer of await Promise.all(pending)) { ${count('answer')} } pending = []; }`
  const source = `(${pace === 'sync' ? '' : 'async '}function loop${compiled}(call, asked, given, load, calls, from) {
  let missing = 0;
  let pending = [];
  const length = asked.length;
  for (let done = 0, at = from % length; done < calls; done += 1) {
    ${typeof pace === 'number' ? many : one}
    at += 1;
    if (at === length) at = 0;
  }
  for (const answer of ${pace === 'sync' ? 'pending' : 'await Promise.all(pending)'}) { ${count('answer')} }
  return missing;
})`
  return runInThisContext(source, { filename: `loop-${compiled}.js` }) as Compiled
}

function callOf(face: Face, verb: Verb): Call {
  const call = face[verb]
  if (call === undefined) throw new TypeError(`the subject has no ${verb}`)
  return call as Call
}

function batchesOf(keys: readonly string[]): Asked {
  return Array.from({ length: Math.floor(keys.length / BATCH) }, (_, at) => keys.slice(at * BATCH, (at + 1) * BATCH))
}

function neverLoads(): Promise<never> {
  return Promise.reject(new Error('a key that was put has been loaded'))
}
