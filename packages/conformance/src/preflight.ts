import {
  type Awaitable,
  type Change,
  compareVersions,
  type LawId,
  manualClock,
  type Store,
  shell,
  type Traits,
} from '@cachette/core'
import { Broken, type Trial } from './check.js'
import { CheckFailed, type ContextOptions, EngineContext } from './context.js'
import { broken, expectEqual, readOne, under, writeAll } from './expect.js'
import { type Failure, judge, messageOf } from './failure.js'
import { brief, pattern } from './format.js'
import { isLayered } from './layered.js'
import { isSameWrite } from './overlap.js'
import type { Subject } from './subject.js'
import { START_AT } from './trial.js'

export interface Preflight {
  readonly traits?: Traits | undefined
  readonly failure?: Failure | undefined
}

/** What every check rests on: the store opens, is one, is its own, and keeps a single entry as the one it is. */
export async function preflight(subject: Subject<unknown>, options: ContextOptions): Promise<Preflight> {
  const check = { law: 'P1', title: 'one entry is written and read' } as const
  let traits: Traits | undefined
  try {
    const opened = await options.watchdog.guard(
      () => open(subject),
      () => wrong('a new, empty store to open', 'no answer'),
    )
    traits = opened.traits
    checkClaims(opened)
    await options.watchdog.guard(
      () => settled(() => opened.store.close()),
      () => new Broken({ law: 'L1', expected: 'the store to close', got: 'no answer' }),
    )
    const claims = { ...opened, isLayered: isLayered(subject) }
    // Whether it is ready is for R3 to say.
    const known = new Set<LawId>(['R3', ...(options.known ?? [])])
    await keepsOne(new EngineContext(subject, traits, check, 'start', { ...options, known }), claims)
    return { traits }
  } catch (error) {
    if (error instanceof CheckFailed) return { traits, failure: error.failure }
    const calls = ['await subject.open({ clock })']
    return { failure: { ...judge(error, 'R1'), title: 'it opens', calls, seed: options.seed, path: 'start' } }
  }
}

/** What the store declares, and what the one below its layers does. */
interface Opened {
  readonly store: Store<unknown>
  readonly traits: Traits
}

async function open(subject: Subject<unknown>): Promise<Opened> {
  const clock = manualClock(START_AT)
  let store: Store<unknown>
  try {
    store = await subject.open({ clock })
  } catch (error) {
    throw wrong('a new, empty store to open', `a failure: ${messageOf(error)}`)
  }
  checkStore(store)
  const { traits } = subject.dress?.(shell(store, { clock })) ?? store
  return { store, traits }
}

/** No layer makes others see what the store below keeps to itself. */
function checkClaims({ store, traits }: Opened): void {
  if (traits.shared && !store.traits.shared)
    throw wrong('layers over a store that is not shared not to be', 'shared: true')
  if (traits.conditional === 'shared' && store.traits.conditional !== 'shared') {
    throw wrong(`layers over conditions of a ${store.traits.conditional} not to say more`, "conditional: 'shared'")
  }
}

function keepsOne(
  context: EngineContext,
  { store, traits, isLayered }: Opened & { readonly isLayered: boolean },
): Promise<void> {
  const isRaised = isLayered && traits.maxValueBytes > store.traits.maxValueBytes && traits.values === 'bytes'
  // A layer that takes any value over a store of bytes has to make bytes of it.
  const claimsValues = isLayered && traits.values === 'any' && store.traits.values === 'bytes'
  return context.example(async (trial) => {
    const first = trial.put('a')
    const second = trial.put('a')
    await (claimsValues ? under('R1', () => writeAll(trial, [first])) : writeAll(trial, [first]))
    await writeAll(trial, [second])
    await expectKept(context, trial, first, second)
    await expectOwn(context, trial)
    if (!isRaised) return
    const value = pattern(Math.min(traits.maxValueBytes, store.traits.maxValueBytes + 1))
    await under('R1', () => writeAll(trial, [trial.put('a', { value })]))
  })
}

async function expectKept(
  { values: { equal } }: EngineContext,
  trial: Trial,
  first: Change<unknown>,
  second: Change<unknown>,
): Promise<void> {
  const found = await readOne(trial, 'a')
  if (found === undefined) {
    await settleDown(trial)
    const isLate = (await readOne(trial, 'a')) !== undefined
    broken(
      'the entry that was just written',
      isLate ? 'nothing, and the entry only later' : 'nothing',
      isLate ? 'O2' : 'P1',
    )
  }
  if (compareVersions(found.version, second.version) === 0) return
  const isFirst = compareVersions(found.version, first.version) === 0 && !equal(found.value, second.entry?.value)
  if (!isFirst) return expectEqual(found.version, second.version, "the entry's version", 'V1')
  await settleDown(trial)
  const isLate = isSameWrite(await readOne(trial, 'a'), second)
  broken('the entry that was written last', isLate ? 'the one before, and it only later' : 'the one before', 'O2')
}

/** What a store does behind its answers is done by then. */
async function settleDown(trial: Trial): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    trial.clock.runNext()
  }
}

const TURNS = 10

async function expectOwn({ subject }: EngineContext, trial: Trial): Promise<void> {
  const other = await subject.open({ clock: trial.clock })
  try {
    const [found] = await other.read(['a'], trial.call({ show: 'all' }))
    // How nothing is answered is for another law.
    if (found) broken('a new, empty store at each opening', 'one with what another holds', 'R1')
  } finally {
    await settled(() => other.close())
  }
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
  if (typeof store.name !== 'string' || store.name === '') throw wrong('a store with a name', brief(store.name))
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

/** How a store closes otherwise is judged by L1. */
async function settled(run: () => Awaitable<void>): Promise<void> {
  await Promise.allSettled([Promise.resolve().then(run)])
}
