import {
  type Call,
  type Change,
  type Clock,
  checkOptions,
  decide,
  type Entry,
  type Found,
  newCall,
  type Page,
  RULES,
  type Rules,
  type Store,
  type Traits,
  type Versions,
  versions,
} from '@cachette/core'
import { Lanes } from '@cachette/core/adapter'
import { ownCopy } from '../own-copy.js'
import type { Settings } from './options.js'
import type { Answers, Quorum } from './quorum.js'
import type { ReplicaHealth } from './replica.js'
import { isNewer, leftBy, newestOf, seen, stampOf } from './stamps.js'

/** How many keys are cleared in one go. */
const CLEAR_PAGE = 256

/** How long a repair may take that nobody waits for. */
const REPAIR_MS = 5_000

export interface RepairOptions {
  /** How long one page of keys may take. Default 5,000. */
  readonly deadlineMs?: number | undefined
}

const REPAIR_RULES: Rules<RepairOptions> = { deadlineMs: RULES.positiveMs }

export class Replicas<V> implements Store<V> {
  readonly name = 'replicated'
  readonly contract = 1
  readonly traits: Traits
  readonly #quorum: Quorum<V>
  readonly #clock: Clock
  readonly #tombstoneMs: number
  readonly #versions: Versions
  /** What is judged over what was read must not be overtaken before it is written. */
  readonly #lanes = new Lanes()
  readonly #repairs = new Set<Promise<void>>()

  constructor(quorum: Quorum<V>, traits: Traits, { clock, tombstoneMs }: Settings<V>) {
    this.#quorum = quorum
    this.traits = traits
    this.#clock = clock
    this.#tombstoneMs = tombstoneMs
    this.#versions = versions(clock)
  }

  async read(keys: readonly string[], call: Call): Promise<readonly (Found<V> | undefined)[]> {
    return (await this.#newest(keys, call)).map(seen)
  }

  async write(given: readonly Change<V>[], call: Call): Promise<readonly boolean[]> {
    const changes = this.traits.isolated ? given.map(ownCopy) : given
    const answers: boolean[] = []
    // Changes of one key follow each other: each is judged over what the one before it left.
    for (let from = 0; from < changes.length; ) {
      const batch = distinct(changes, from)
      const keys = batch.map(({ key }) => key)
      answers.push(...(await this.#lanes.run({ keys, writes: true }, call.id, () => this.#apply(batch, call))))
      from += batch.length
    }
    return answers
  }

  async *scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    for await (const keys of this.#keys(prefix, call)) {
      const now = this.#clock.now()
      const found = await this.read(keys, { ...call, now, deadline: now + call.deadline - call.now })
      const page = keys.flatMap((key, index): (readonly [string, Found<V>])[] => {
        const entry = found[index]
        return entry === undefined ? [] : [[key, entry]]
      })
      if (page.length > 0) yield page
    }
  }

  async clear(prefix: string, call: Call): Promise<void> {
    for await (const keys of this.#keys(prefix, call)) {
      for (let from = 0; from < keys.length; from += CLEAR_PAGE) {
        const removals = keys
          .slice(from, from + CLEAR_PAGE)
          .map((key): Change<V> => ({ key, entry: undefined, version: this.#versions.next() }))
        // As with a scan, each page has its time anew.
        const now = this.#clock.now()
        await this.#apply(removals, { ...call, now, deadline: now + call.deadline - call.now })
      }
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#repairs)
    const closing = this.#quorum.replicas.map(async ({ store }) => store.close())
    await Promise.allSettled(closing)
    await Promise.all(closing)
  }

  health(): readonly ReplicaHealth[] {
    return this.#quorum.replicas.map(({ health }) => health)
  }

  /** Every key of every replica that can be reached is brought up to date in all of them. */
  async repair(options: RepairOptions = {}): Promise<number> {
    const { deadlineMs = REPAIR_MS } = checkOptions('repair', options, REPAIR_RULES)
    let repaired = 0
    const call = (): Call => {
      const now = this.#clock.now()
      return newCall(now, { deadline: now + deadlineMs, show: 'all' })
    }
    const seenKeys = new Set<string>()
    for (const replica of this.#quorum.replicas) {
      for await (const page of replica.store.scan('', { ...call(), want: 'header' })) {
        const keys = page.map(([key]) => key).filter((key) => !seenKeys.has(key))
        for (const key of keys) seenKeys.add(key)
        if (keys.length > 0) repaired += await this.#repairAll(keys, call())
      }
    }
    return repaired
  }

  async #apply(changes: readonly Change<V>[], call: Call): Promise<readonly boolean[]> {
    const keys = changes.map(({ key }) => key)
    const answers = await this.#quorum.read(keys, { ...call, want: 'header' })
    const newest = keys.map((_, index) => newestOf([...answers.values()].map((found) => found[index])))
    // What is written now comes after all that has been seen.
    for (const found of newest) if (found !== undefined) this.#versions.observe(stampOf(found))
    const verdicts = changes.map((change, index) => decide(change, seen(newest[index]), call.now))
    const entries = new Map<string, Entry<V>>()
    for (const [index, change] of changes.entries()) {
      if (verdicts[index]?.apply !== true) continue
      const takesBytes = this.traits.values === 'bytes'
      entries.set(change.key, leftBy(change, this.#versions.next(), call.now, this.#tombstoneMs, takesBytes))
    }
    if (entries.size > 0) {
      await this.#quorum.write((replica) => replica.put(entries, headsOf(keys, answers.get(replica)), call))
    }
    return verdicts.map(({ answer }) => answer)
  }

  async #newest(keys: readonly string[], call: Call): Promise<readonly (Found<V> | undefined)[]> {
    const answers = await this.#quorum.read(keys, call)
    const newest = keys.map((_, index) => newestOf([...answers.values()].map((found) => found[index])))
    if (call.want !== 'header' && answers.size > 1) this.#repairLater(keys, answers, newest, call.now)
    return newest
  }

  /** Replicas that turned out to have something older are brought up to date, while nobody waits. */
  #repairLater(
    keys: readonly string[],
    answers: Answers<V>,
    newest: readonly (Found<V> | undefined)[],
    now: number,
  ): void {
    for (const [replica, found] of answers) {
      const entries = behind(keys, found, newest, now)
      if (entries.size === 0) continue
      const at = this.#clock.now()
      const work = replica.put(entries, headsOf(keys, found), newCall(at, { deadline: at + REPAIR_MS })).then(
        () => undefined,
        // The next read that comes across it tries again.
        () => undefined,
      )
      this.#repairs.add(work)
      void work.finally(() => this.#repairs.delete(work))
    }
  }

  async #repairAll(keys: readonly string[], call: Call): Promise<number> {
    const answers = await Promise.all(
      this.#quorum.replicas.map(async (replica) => ({ replica, found: await replica.read(keys, call) })),
    )
    const newest = keys.map((_, index) => newestOf(answers.map(({ found }) => found[index])))
    let repaired = 0
    for (const { replica, found } of answers) {
      const entries = behind(keys, found, newest, call.now)
      repaired += entries.size
      if (entries.size > 0) await replica.put(entries, headsOf(keys, found), call)
    }
    return repaired
  }

  /** Every key that any write which resolved has put under the prefix, each once. */
  async *#keys(prefix: string, call: Call): AsyncIterable<readonly string[]> {
    const known = new Set<string>()
    const { ranked, toRead } = this.#quorum
    const isAny = toRead === ranked.length
    const errors: unknown[] = []
    let walked = 0
    for (const replica of ranked) {
      if (walked === toRead) return
      try {
        for await (const page of replica.store.scan(prefix, { ...call, want: 'header', show: 'all' })) {
          const keys = page.map(([key]) => key).filter((key) => !known.has(key))
          for (const key of keys) known.add(key)
          if (keys.length > 0) yield keys
        }
        walked += 1
      } catch (error) {
        errors.push(error)
      }
    }
    if (walked < (isAny ? 1 : toRead)) throw this.#quorum.failure('read', toRead, errors)
  }
}

/** As many as there are from here on before a key comes again. */
function distinct<V>(changes: readonly Change<V>[], from: number): readonly Change<V>[] {
  const keys = new Set<string>()
  let end = from
  for (; end < changes.length; end += 1) {
    const key = changes[end]?.key ?? ''
    if (keys.has(key)) break
    keys.add(key)
  }
  return changes.slice(from, end)
}

function headsOf<V>(
  keys: readonly string[],
  found: readonly (Found<V> | undefined)[] | undefined,
): ReadonlyMap<string, Found<V> | undefined> | undefined {
  return found && new Map(keys.map((key, index) => [key, found[index]]))
}

/** What a replica lacks of the newest. */
function behind<V>(
  keys: readonly string[],
  found: readonly (Found<V> | undefined)[],
  newest: readonly (Found<V> | undefined)[],
  now: number,
): Map<string, Entry<V>> {
  const entries = new Map<string, Entry<V>>()
  for (const [index, key] of keys.entries()) {
    const best = newest[index]
    if (isEntry(best) && now < best.keptUntil && isNewer(best, found[index])) entries.set(key, best)
  }
  return entries
}

function isEntry<V>(found: Found<V> | undefined): found is Entry<V> {
  return found !== undefined && found.kind !== 'damaged' && found.value !== undefined
}
