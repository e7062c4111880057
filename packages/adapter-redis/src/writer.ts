import { type Call, type Change, compareVersions, type Version } from '@cachette/core'
import { inPart } from '@cachette/core/adapter'
import type { Command } from './command.js'
import type { Entries } from './entries.js'
import { replyWord } from './errors.js'
import type { Root } from './keys.js'
import type { Terms } from './question.js'
import type { Reader } from './reader.js'
import type { Router } from './router.js'
import { argumentsOf, CHANGE, digestOf } from './scripts.js'
import { Turns } from './turns.js'

/** How much later than the entry itself Redis forgets it, so that clocks of several machines may differ by as much. */
const FORGOTTEN_LATER_MS = 5_000

/** Beyond this Redis might not be able to say when it ends; what lives for so long is kept. */
const MAX_LIFE_MS = 2 ** 52

/** A change as it goes out, encoded: whoever gave the value may change it as soon as the verb has returned. */
interface Prepared {
  readonly change: Change
  readonly name: string
  readonly frame: Buffer | undefined
  readonly lifeMs: number | undefined
}

/** Changes what is stored, each key in one atomic step. */
export class Writer {
  readonly #router: Router
  readonly #root: Root
  readonly #entries: Entries
  readonly #reader: Reader
  readonly #turns = new Turns()

  constructor(router: Router, root: Root, entries: Entries, reader: Reader) {
    this.#router = router
    this.#root = root
    this.#entries = entries
    this.#reader = reader
  }

  write(changes: readonly Change[], { now }: Call, terms: Terms): Promise<readonly boolean[]> {
    const prepared = changes.map((change) => this.#prepared(change, now))
    return this.#turns.take(
      changes.map(({ key }) => key),
      isOneQuestion(changes),
      () =>
        inPart(
          prepared,
          ({ change }) => change.key,
          (one) => this.#apply(one, now, terms),
        ),
    )
  }

  #prepared(change: Change, now: number): Prepared {
    const { key, entry } = change
    const name = this.#root.nameOf(key)
    if (entry === undefined) return { change, name, frame: undefined, lifeMs: undefined }
    return { change, name, frame: this.#entries.frameOf(entry, key), lifeMs: lifeOf(entry.keptUntil, now) }
  }

  async #apply({ change, name, frame, lifeMs }: Prepared, now: number, terms: Terms): Promise<boolean> {
    const { key, when } = change
    if (when === undefined && frame !== undefined) {
      await this.#router.ask(
        name,
        lifeMs === undefined ? ['SET', name, frame] : ['SET', name, frame, 'PX', lifeMs],
        terms,
      )
      return true
    }
    const damage = typeof when === 'object' ? await this.#damage(key, when.version, terms) : undefined
    if (damage === 'gone') return false
    const told = argumentsOf(change, now, frame, lifeMs, damage)
    return Number(await this.#run(name, told, terms)) === 1
  }

  /** With its text, where the server has lost the script: it has done nothing then. */
  async #run(name: string, told: readonly Command[number][], terms: Terms): Promise<unknown> {
    try {
      return await this.#router.ask(name, ['EVALSHA', CHANGE.sha, 1, name, ...told], terms)
    } catch (error) {
      if (replyWord(error) !== 'NOSCRIPT') throw error
      return this.#router.ask(name, ['EVAL', CHANGE.text, 1, name, ...told], terms)
    }
  }

  /**
   * The digest of the damaged bytes that a version stands for. No script can compute that version, so it is compared
   * here and the bytes there. Nothing for a version that a writer gave.
   */
  async #damage(key: string, version: Version, terms: Terms): Promise<string | 'gone' | undefined> {
    if (version.time !== 0 || version.count !== 0) return undefined
    const bytes = await this.#reader.bytesOf(key, terms)
    if (bytes === undefined) return 'gone'
    const { kind, version: stored } = this.#entries.read(bytes, key)
    return kind === 'damaged' && compareVersions(stored, version) === 0 ? digestOf(bytes) : 'gone'
  }
}

/** What is sent at once and whole: the connection itself keeps the order of such. */
function isOneQuestion([first, ...others]: readonly Change[]): boolean {
  return others.length === 0 && first?.entry !== undefined && first.when === undefined
}

/** For how long Redis is to keep it, in whole milliseconds; nothing where it does not end. */
function lifeOf(keptUntil: number, now: number): number | undefined {
  const lifeMs = Math.max(0, Math.ceil(keptUntil - now)) + FORGOTTEN_LATER_MS
  return lifeMs < MAX_LIFE_MS ? lifeMs : undefined
}
