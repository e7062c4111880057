import type { Found, Page, Store, Traits } from './contract.js'
import { hint, shown, wrong } from './options.js'

const VERBS = ['read', 'write', 'scan', 'clear', 'close'] as const

const EITHER = [true, false]

/** What each trait may be; nothing is listed for the one that is a number. */
const TRAITS: { readonly [T in keyof Traits]: readonly unknown[] } = {
  values: ['bytes', 'any'],
  lives: ['process', 'server', 'disk'],
  shared: EITHER,
  scan: ['ordered', 'unordered', 'none'],
  conditional: ['none', 'process', 'shared'],
  atomicBatch: EITHER,
  evicts: ['no', 'beyondCapacity', 'any'],
  maxValueBytes: [],
  sync: ['none', 'reads', 'all'],
  isolated: EITHER,
  streams: EITHER,
}

/** Whether it is a store at all: what is only claimed is for the kit to find out. */
export function checkStore(store: Store<never> | Store<unknown>): void {
  const given: unknown = store
  if (typeof given !== 'object' || given === null || !('traits' in given)) throw noStore(shown(given))
  if ('getOrSet' in given) throw noStore('a cache: hand over the store that it was made with')
  if (typeof store.name !== 'string' || store.name === '') throw noStore('one without a name')
  if (store.contract !== 1) throw noStore(`one that speaks revision ${String(store.contract)} of the contract, not 1`)
  for (const verb of VERBS) {
    if (typeof store[verb] !== 'function') throw noStore(`${store.name} without the verb ${verb}`)
  }
  checkTraits(store.traits, store.name)
  if (store.traits.streams !== (store.streams !== undefined)) {
    throw noStore(`${store.name} whose trait streams is ${String(store.traits.streams)}, without the verbs to match`)
  }
}

/** Each trait is there, with a value that it may have, and there is no other. */
export function checkTraits(traits: Traits, owner: string): void {
  for (const name of Object.keys(traits ?? {})) {
    if (!Object.hasOwn(TRAITS, name)) throw wrong(`${owner} has no trait "${name}"${hint(name, Object.keys(TRAITS))}`)
  }
  for (const [name, accepted] of Object.entries(TRAITS)) {
    const value: unknown = traits?.[name as keyof Traits]
    if (accepted.includes(value) || (accepted.length === 0 && typeof value === 'number' && value > 0)) continue
    const expected = accepted.map((one) => `'${String(one)}'`).join(' or ') || 'a positive number'
    throw wrong(`${owner}: expected the trait ${name} to be ${expected}, got ${shown(value)}`)
  }
}

/** What is wrong with the answers of a verb, if anything: one of the right kind for each thing asked. */
export function faultIn(
  answers: readonly unknown[],
  expected: number,
  fits: (answer: unknown) => boolean,
): string | undefined {
  if (!Array.isArray(answers)) return `${shown(answers)} in place of answers`
  if (answers.length !== expected) return `${answers.length} answers`
  for (const answer of answers) if (!fits(answer)) return `${shown(answer)} as an answer`
  return undefined
}

export function isAnswer(answer: unknown): boolean {
  return answer === true || answer === false
}

/** An entry or a header, or nothing: told by the one field without which everything would look expired. */
export function isFoundOrNothing(answer: unknown): boolean {
  if (answer === undefined) return true
  return typeof answer === 'object' && answer !== null && typeof (answer as Partial<Found>).expiresAt === 'number'
}

export function isPage(page: Page<unknown>): boolean {
  return (
    Array.isArray(page) && page.every((pair: unknown) => Array.isArray(pair) && pair[1] && isFoundOrNothing(pair[1]))
  )
}

function noStore(what: string): ReturnType<typeof wrong> {
  return wrong(`expected a store, got ${what}`)
}
