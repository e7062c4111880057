import { type Awaitable, manualClock, type Store, shell, type Traits } from '@cachette/core'
import { Broken } from './check.js'
import { CheckFailed, type ContextOptions, EngineContext } from './context.js'
import { type Failure, judge, messageOf } from './failure.js'
import { brief } from './format.js'
import type { Subject } from './subject.js'
import { START_AT } from './trial.js'

export interface Preflight {
  readonly traits?: Traits | undefined
  readonly failure?: Failure | undefined
}

/** What every check rests on: the store opens, is one, and keeps a single entry. */
export async function preflight(subject: Subject<unknown>, options: ContextOptions): Promise<Preflight> {
  const check = { law: 'P1', title: 'one entry is written and read' } as const
  let traits: Traits | undefined
  try {
    traits = await options.watchdog.guard(
      () => traitsOf(subject),
      () => new Broken({ expected: 'a new, empty store to open and close', got: 'no answer' }),
    )
    await keepsOne(new EngineContext(subject, traits, check, 'start', options))
    return { traits }
  } catch (error) {
    if (error instanceof CheckFailed) return { traits, failure: error.failure }
    const calls = ['await subject.open({ clock })']
    return { failure: { ...judge(error, 'P1'), title: 'it opens', calls, seed: options.seed, path: 'start' } }
  }
}

async function traitsOf(subject: Subject<unknown>): Promise<Traits> {
  const clock = manualClock(START_AT)
  let store: Store<unknown>
  try {
    store = await subject.open({ clock })
  } catch (error) {
    throw new Broken({ expected: 'a new, empty store to open', got: `a failure: ${messageOf(error)}` })
  }
  checkStore(store)
  const { traits } = subject.dress?.(shell(store, { clock })) ?? store
  await settled(() => store.close())
  return traits
}

function keepsOne(context: EngineContext): Promise<void> {
  return context.example(async (trial) => {
    await trial.store.write([trial.put('a')], trial.call())
    const [found] = await trial.store.read(['a'], trial.call())
    if (found === undefined) throw new Broken({ expected: 'the entry that was just written', got: 'nothing' })
  })
}

const VERBS = ['read', 'write', 'scan', 'clear', 'close'] as const

const FACTS: { readonly [T in keyof Traits]: readonly Traits[T][] | 'boolean' | 'size' } = {
  values: ['bytes', 'any'],
  lives: ['process', 'server', 'disk'],
  shared: 'boolean',
  scan: ['ordered', 'unordered', 'none'],
  conditional: ['none', 'process', 'shared'],
  atomicBatch: 'boolean',
  evicts: ['no', 'beyondCapacity', 'any'],
  maxValueBytes: 'size',
  sync: ['none', 'reads', 'all'],
  isolated: 'boolean',
  streams: 'boolean',
}

/** What the types say, for authors who write without them. */
function checkStore(store: Store<unknown>): void {
  if (typeof store !== 'object' || store === null) throw wrong('open to give a store', brief(store))
  if (store.contract !== 1) throw wrong('a store that speaks revision 1 of the contract', brief(store.contract))
  for (const verb of VERBS) {
    if (typeof store[verb] !== 'function') throw wrong(`a store with the verb ${verb}`, brief(store[verb]))
  }
  if (typeof store.traits !== 'object' || store.traits === null) throw wrong('a store with traits', brief(store.traits))
  for (const [name, facts] of Object.entries(FACTS)) checkFact(name, Reflect.get(store.traits, name), facts)
  if (store.traits.streams !== (store.streams !== undefined)) {
    throw wrong('stream verbs exactly where the trait streams is declared', `streams: ${store.traits.streams}`)
  }
}

function checkFact(name: string, value: unknown, facts: readonly unknown[] | 'boolean' | 'size'): void {
  if (facts === 'boolean') {
    if (typeof value !== 'boolean') throw wrong(`the trait ${name} to be true or false`, brief(value))
  } else if (facts === 'size') {
    if (typeof value !== 'number' || !(value > 0))
      throw wrong(`the trait ${name} to be a number of bytes`, brief(value))
  } else if (typeof facts !== 'string' && !facts.includes(value)) {
    throw wrong(`the trait ${name} to be ${facts.map(brief).join(' or ')}`, brief(value))
  }
}

function wrong(expected: string, got: string): Broken {
  return new Broken({ law: 'R1', expected, got })
}

/** How a store closes is judged by L1. */
async function settled(run: () => Awaitable<void>): Promise<void> {
  await Promise.allSettled([Promise.resolve().then(run)])
}
