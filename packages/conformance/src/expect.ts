import { isDeepStrictEqual } from 'node:util'
import type { Awaitable, Call, Change, Found, Header, LawId, Page, Tag } from '@cachette/core'
import { compareVersions, isCacheError } from '@cachette/core'
import { Broken, type Facts, type Trial } from './check.js'
import { brokenIn, messageOf } from './failure.js'
import { brief, code } from './format.js'
import type { Values } from './subject.js'

/** Helpers that checks are written with: short calls on a trial, and expectations that say what they expected. */

export const always = (): true => true

export const whenItScans = ({ traits }: Facts): true | string => traits.scan !== 'none' || 'it cannot list its keys'

export const whenItJudges = ({ traits }: Facts): true | string =>
  traits.conditional !== 'none' || 'it judges no conditions'

/** How a check begins to say that it lacks a hook. */
export const NO_HOOK = 'the subject has no '

/** Whether the subject has all these hooks. */
export function hooked(...names: readonly ('reopen' | 'crash' | 'join' | 'breakBackend' | 'healBackend' | 'damage')[]) {
  return ({ subject }: Facts): true | string => {
    const missing = names.filter((name) => subject[name] === undefined)
    return missing.length === 0 || `${NO_HOOK}${missing.join(' and no ')}`
  }
}

export async function readOne(trial: Trial, key: string, options?: Partial<Call>): Promise<Found<unknown> | undefined> {
  const [found] = await trial.store.read([key], trial.call(options))
  return found
}

/** Key by key: batches have a law of their own. */
export async function readEach(
  trial: Trial,
  keys: readonly string[],
  options?: Partial<Call>,
): Promise<(Found<unknown> | undefined)[]> {
  const found: (Found<unknown> | undefined)[] = []
  for (const key of keys) found.push(await readOne(trial, key, options))
  return found
}

/** One batch that puts an entry under each key. */
export async function putAll(trial: Trial, keys: readonly string[]): Promise<readonly Change<unknown>[]> {
  const puts = keys.map((key) => trial.put(key))
  await under('K1', () => writeAll(trial, puts))
  return puts
}

export async function writeOne(trial: Trial, change: Change<unknown>): Promise<boolean> {
  const [done = false] = await trial.store.write([change], trial.call())
  return done
}

export async function writeAll(trial: Trial, changes: readonly Change<unknown>[]): Promise<readonly boolean[]> {
  return trial.store.write(changes, trial.call())
}

/** All that a scan gives, in its order. */
export async function scanAll(trial: Trial, prefix = '', options?: Partial<Call>): Promise<Page<unknown>> {
  return collect(trial.store.scan(prefix, trial.call(options)))
}

export async function collect<V>(pages: AsyncIterable<Page<V>>): Promise<Page<V>> {
  const all: Page<V>[number][] = []
  for await (const page of pages) all.push(...page)
  return all
}

export function broken(expected: string, got: string, law?: LawId): never {
  throw new Broken({ expected, got, law })
}

/** `what` reads as the beginning of a sentence: "key 'a' at its expiresAt". */
export function expectNothing(found: Found<unknown> | undefined, what: string, law?: LawId): void {
  if (found !== undefined) broken(`${what} to give nothing`, `an entry of kind ${found.kind}`, law)
}

/** The entry that this change wrote, told by its version. */
export function expectWrite(
  found: Found<unknown> | undefined,
  change: Change<unknown>,
  what: string,
  law?: LawId,
): void {
  if (found === undefined) broken(`${what} to give what was written`, 'nothing', law)
  const order = compareVersions(found.version, change.version)
  if (order === 0) return
  broken(`${what} to give what was written`, order < 0 ? 'an older entry' : 'a newer entry', law)
}

export function expectAnswer(answer: boolean | undefined, expected: boolean, what: string, law?: LawId): void {
  if (answer !== expected) broken(`${what} to answer ${expected}`, brief(answer), law)
}

export function expectEqual(got: unknown, expected: unknown, what: string, law?: LawId): void {
  if (!isDeepStrictEqual(got, expected)) broken(`${what} to be ${brief(expected)}`, brief(got), law)
}

/** A failure with this code; anything else breaks the law. */
export async function expectCode(codeExpected: string, what: string, work: () => Awaitable<unknown>): Promise<void> {
  let answer: unknown
  try {
    answer = await work()
  } catch (error) {
    if (isCacheError(error) && error.code === codeExpected) return
    return broken(`${what} to fail with ${codeExpected}`, `a failure: ${messageOf(error)}`)
  }
  broken(`${what} to fail with ${codeExpected}`, `the answer ${brief(answer)}`)
}

/** Does the work on the way to another law: where it fails, this one is broken. */
export async function under<T>(law: LawId, work: () => Awaitable<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const inner = brokenIn(error)
    if (inner?.law !== undefined) throw inner
    const { expected = 'the call to succeed', got = `a failure: ${messageOf(error)}` } = inner ?? {}
    throw new Broken({ law, expected, got })
  }
}

const TIMES = ['createdAt', 'staleAt', 'expiresAt', 'keptUntil'] as const

/** What of an entry did not come back as it was written: the name of the field, and both. */
export function difference(
  found: Found<unknown>,
  written: Header & { readonly value: unknown },
  values: Values,
): Difference {
  for (const name of TIMES) {
    if (found[name] !== written[name]) return { name, expected: code(written[name]), got: code(found[name]) }
  }
  if (compareVersions(found.version, written.version) !== 0) return pair('version', written.version, found.version)
  if (found.kind !== written.kind) return pair('kind', written.kind, found.kind)
  if (!isDeepStrictEqual(tagsOf(found), tagsOf(written))) return pair('tags', written.tags, found.tags)
  if (!isDeepStrictEqual(marksOf(found), marksOf(written))) return pair('marks', written.marks, found.marks)
  if (!values.equal(found.value, written.value)) return pair('value', written.value, found.value)
  return undefined
}

export type Difference = { readonly name: string; readonly expected: string; readonly got: string } | undefined

function pair(name: string, expected: unknown, got: unknown): Difference {
  return { name, expected: brief(expected), got: brief(got) }
}

/** A marker that is not there and one that is undefined say the same. */
function tagsOf({ tags }: Pick<Header, 'tags'>): unknown {
  return Array.isArray(tags) ? tags.map(({ name, marker }: Tag) => [name, marker]) : tags
}

function marksOf({ marks }: Header): unknown {
  return typeof marks === 'object' && marks !== null
    ? Object.entries(marks).sort(([a], [b]) => (a < b ? -1 : 1))
    : marks
}
