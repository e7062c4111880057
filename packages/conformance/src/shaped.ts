import { types } from 'node:util'
import { type Awaitable, andThen, type Found, isPromise, type LawId, type Page, type Store } from '@cachette/core'
import { Broken } from './check.js'
import { brief } from './format.js'

/**
 * The author's store as the shell gets it: the shape of every answer is judged before anything is made of it, so that a
 * wrong shape is told as what it is, and not by what it leads to. So is a promise where a ready answer is declared, if it
 * is to be judged.
 */
export function shaped(store: Store<unknown>, mustBeReady = false): Store<unknown> {
  const { sync } = store.traits
  const answerOf = <T>(verb: 'read' | 'write' | 'clear', answer: Awaitable<T>): Awaitable<T> =>
    checkReady(answer, verb, mustBeReady && (sync === 'all' || (sync === 'reads' && verb === 'read')))
  return {
    name: store.name,
    contract: store.contract,
    traits: store.traits,
    ordersWrites: store.ordersWrites,
    read: (keys, call) => andThen(answerOf('read', store.read(keys, call)), (found) => checkFound(found, keys.length)),
    write: (changes, call) =>
      andThen(answerOf('write', store.write(changes, call)), (answers) => checkAnswers(answers, changes.length)),
    scan: (prefix, call) => checkedPages(store.scan(prefix, call)),
    clear: (prefix, call) => answerOf('clear', store.clear(prefix, call)),
    close: () => store.close(),
    ...(store.streams !== undefined && { streams: store.streams }),
  }
}

function checkReady<T>(answer: Awaitable<T>, verb: string, isDeclared: boolean): Awaitable<T> {
  if (!isPromise(answer)) return answer
  if (!types.isPromise(answer))
    broken('R3', `a ${verb} to give an answer or a promise`, 'a thenable that is no promise')
  if (!isDeclared) return answer
  // Its failure is told by this one.
  answer.catch(() => undefined)
  return broken('R3', `a ${verb} to answer at once, as the trait sync says`, 'a promise')
}

function checkFound<T>(found: readonly T[], count: number): readonly T[] {
  checkList(found, count, 'read')
  for (const entry of found) checkEntry(entry)
  return found
}

function checkAnswers<T>(answers: readonly T[], count: number): readonly T[] {
  checkList(answers, count, 'write')
  for (const answer of answers) {
    if (typeof answer !== 'boolean') broken('B1', 'write to answer true or false for each change', brief(answer))
  }
  return answers
}

function checkList(answers: unknown, count: number, verb: 'read' | 'write'): void {
  const items = verb === 'read' ? 'keys' : 'changes'
  const expected = `an array of ${count} from a ${verb} of ${count} ${count === 1 ? items.slice(0, -1) : items}`
  if (!Array.isArray(answers)) broken('B1', expected, brief(answers))
  if (answers.length !== count) broken('B1', expected, `one of ${answers.length}`)
}

const TIMES = ['createdAt', 'staleAt', 'expiresAt', 'keptUntil', 'size'] as const

function checkEntry(entry: unknown): void {
  if (entry === undefined) return
  if (typeof entry !== 'object' || entry === null) broken('B1', 'an entry or undefined for each key', brief(entry))
  const header: Partial<Found<unknown>> = entry
  for (const name of TIMES) {
    const value = header[name]
    if (typeof value !== 'number' || Number.isNaN(value))
      broken('V1', `an entry with a number as its ${name}`, brief(value))
  }
  const { version, kind } = header
  if (typeof version?.time !== 'number') broken('V1', 'an entry with its version', brief(version))
  if (typeof kind !== 'string') broken('V1', 'an entry with its kind', brief(kind))
}

/** Passes leaving on as it came: whether that frees anything is judged too. */
function checkedPages(pages: AsyncIterable<Page<unknown>>): AsyncIterable<Page<unknown>> {
  return {
    [Symbol.asyncIterator]: () => {
      const source = pages[Symbol.asyncIterator]()
      const leave = source.return?.bind(source)
      return {
        next: async () => {
          const next = await source.next()
          if (next.done !== true) checkPage(next.value)
          return next
        },
        ...(leave !== undefined && { return: leave }),
      }
    },
  }
}

function checkPage(page: unknown): void {
  if (!Array.isArray(page)) broken('S1', 'a scan to give pages, each an array of pairs', brief(page))
  for (const pair of page as unknown[]) {
    const [key, entry] = Array.isArray(pair) ? (pair as unknown[]) : []
    if (typeof key !== 'string') broken('S1', 'each page to hold [key, entry] pairs', brief(pair))
    if (entry === undefined) broken('S1', `an entry for the key ${brief(key)} in a page`, 'undefined')
    checkEntry(entry)
  }
}

function broken(law: LawId, expected: string, got: string): never {
  throw new Broken({ law, expected, got })
}
