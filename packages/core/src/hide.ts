import { andThen, mapped, recover } from './awaitable.js'
import type { Awaitable, Call, Change, Condition, Found, Page, Store, Traits, Version } from './contract.js'
import { CacheError, type KeyOutcome, restated, toCacheError } from './errors.js'
import type { AnyLayer, LayerFacts, Verbs } from './layer.js'
import { LAYER_RULES } from './layer-rules.js'
import { checkOptions, FUNCTION, type Rules } from './options.js'
import { compareVersions } from './versions.js'

export interface Hiding extends LayerFacts {
  /**
   * Whether this entry, which the store below shows, is to count as absent. Asked with headers, of values alone and of
   * leases with a kept value inside.
   */
  hidden(key: string, found: Found<unknown>, call: Call): Awaitable<boolean>
}

const RULES: Rules<Hiding> = /* @__PURE__ */ Object.assign({}, LAYER_RULES, { hidden: FUNCTION })

/** How often a change is judged anew when another writer comes between the look and the write. */
const MAX_ATTEMPTS = 16

/**
 * A layer that hides entries: what it hides is absent to every verb and every condition (Y2). Where the answer to a
 * change hangs on what is stored, the layer looks first and writes on condition that what it saw is still there.
 */
export function hide(options: Hiding): AnyLayer {
  const { name, needs, place, changes, state } = checkOptions('hide', options, RULES, ['name', 'hidden'])
  return {
    name,
    needs,
    place,
    changes,
    state,
    wrap<V>(next: Store<V>): Verbs<V> {
      const shown = new Hider(next, options)
      return {
        // Changes that another writer came between are judged anew, after the others.
        traits: { ...next.traits, atomicBatch: false, streams: false },
        // A stream would pass by this layer unseen.
        streams: undefined,
        read: (keys, call) => shown.read(keys, call),
        write: (batch, call) => shown.write(batch, call),
        scan: (prefix, call) => shown.scan(prefix, call),
      }
    },
  }
}

class Hider<V> {
  readonly #next: Store<V>
  readonly #hiding: Hiding

  constructor(next: Store<V>, hiding: Hiding) {
    this.#next = next
    this.#hiding = hiding
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    return andThen(this.#next.read(keys, call), (found) => this.#filter(keys, found, call))
  }

  async *scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    for await (const page of this.#next.scan(prefix, call)) {
      const keys = page.map(([key]) => key)
      const shown = await this.#filter(
        keys,
        page.map(([, found]) => found),
        call,
      )
      const rest = page.filter((_, index) => shown[index] !== undefined)
      if (rest.length > 0) yield rest
    }
  }

  write(batch: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    return this.#write(batch, call, MAX_ATTEMPTS)
  }

  #write(batch: readonly Change<V>[], call: Call, attempts: number): Awaitable<readonly boolean[]> {
    if (attempts === 0) {
      const facts = { operation: 'write', source: this.#hiding.name }
      throw new CacheError('BUSY', `other writers came between ${MAX_ATTEMPTS} times`, facts)
    }
    const keys = [...new Set(batch.filter(needsLook).map((change) => change.key))]
    if (keys.length === 0) return this.#next.write(batch, call)
    return andThen(this.#look(keys, call), (seen) => {
      const asks = batch.map((change) => askFor(change, seen, this.#next.traits))
      // One batch of them all: it is checked whole, and a failure of a part says of which.
      const done = this.#next.write(
        asks.map((ask) => ask.change),
        call,
      )
      return andThen(done, (answers) => this.#settle(batch, asks, answers, call, attempts))
    })
  }

  /** What the store below shows under these keys, and whether it is hidden. */
  #look(keys: readonly string[], call: Call): Awaitable<Map<string, Seen>> {
    const look: Call = { ...call, want: 'header', show: 'live', load: undefined, aside: true }
    return andThen(this.#next.read(keys, look), (found) => {
      const verdicts = mapped(
        found,
        (entry, index) => entry !== undefined && this.#hiding.hidden(keys[index] ?? '', entry, call),
      )
      return andThen(verdicts, (hidden) => {
        const seen = new Map<string, Seen>()
        for (const [index, entry] of found.entries()) {
          const isHidden = hidden[index] === true
          if (entry !== undefined) seen.set(keys[index] ?? '', { version: entry.version, isHidden })
        }
        return seen
      })
    })
  }

  /** Where what was seen was no longer there, another writer came between: the last changes to such keys begin anew. */
  #settle(
    batch: readonly Change<V>[],
    asks: readonly Ask<V>[],
    answers: readonly boolean[],
    call: Call,
    attempts: number,
  ): Awaitable<readonly boolean[]> {
    const given = answers.map((done, index) => done && asks[index]?.removesHidden !== true)
    const last = new Map(batch.map((change, index) => [change.key, index]))
    const again = [...last.values()].filter((index) => asks[index]?.isExact === true && answers[index] === false)
    if (again.length === 0) return given
    const late = batch.filter((_, index) => again.includes(index))
    const done = recover(
      () => this.#write(late, call, attempts - 1),
      (error) => {
        throw partly(error, batch, given, again)
      },
    )
    return andThen(done, (rest) =>
      given.map((answer, index) => (again.includes(index) ? rest[again.indexOf(index)] === true : answer)),
    )
  }

  #filter<F extends Found<V>>(
    keys: readonly string[],
    found: readonly (F | undefined)[],
    call: Call,
  ): Awaitable<readonly (F | undefined)[]> {
    if (call.show === 'all') return found
    const verdicts = mapped(
      found,
      (entry, index) => isJudged(entry) && this.#hiding.hidden(keys[index] ?? '', entry, call),
    )
    return andThen(verdicts, (hidden) =>
      hidden.includes(true) ? found.map((entry, index) => (hidden[index] === true ? undefined : entry)) : found,
    )
  }
}

/** The failure of the changes that were judged anew, with what became of the others. */
function partly(
  error: unknown,
  batch: readonly Change<unknown>[],
  given: readonly boolean[],
  again: readonly number[],
): CacheError {
  const failure = toCacheError(error)
  const anew = (key: string): KeyOutcome =>
    failure.outcomes?.find((other) => other.key === key) ?? { key, error: failure }
  const outcomes = batch.map(({ key }, index) => (again.includes(index) ? anew(key) : { key, value: given[index] }))
  return restated(failure, { outcomes, outcome: given.includes(true) ? 'unknown' : failure.outcome })
}

function isJudged<V>(entry: Found<V> | undefined): entry is Found<V> {
  return entry?.kind === 'value' || entry?.kind === 'lease'
}

/** What stands under a key as far as the store below shows it. */
interface Seen {
  readonly version: Version
  readonly isHidden: boolean
}

/** What the store below is asked in place of a change, so that it judges as if what is hidden were not there. */
interface Ask<V> {
  readonly change: Change<V>
  /** It takes effect only over what was seen. */
  readonly isExact: boolean
  /** Done or not, nobody could see what it removed. */
  readonly removesHidden: boolean
}

/** The version of nothing: a condition that never holds. The change is still checked with the rest of its batch. */
const NEVER: Condition = { version: { time: 0, count: 0, writer: 0 } }

/** Forgets what was seen where the change replaces it: what is there after that, the store below judges by itself. */
function askFor<V>(change: Change<V>, seen: Map<string, Seen>, { conditional }: Traits): Ask<V> {
  const { key, when, entry } = change
  const found = seen.get(key)
  const asIs = { change, isExact: false, removesHidden: false }
  if (found === undefined) return asIs
  const { version, isHidden } = found
  const removesHidden = isHidden && entry === undefined
  if (typeof when === 'object') {
    if (compareVersions(when.version, version) === 0) seen.delete(key)
    return { ...asIs, removesHidden }
  }
  if (when === (isHidden ? 'present' : 'absent')) return { ...asIs, change: { ...change, when: NEVER } }
  if (when === 'vacant' && !isHidden) return asIs
  seen.delete(key)
  // A put without a condition takes effect whatever is there; where nothing is judged, so does a removal.
  if (when === undefined && (entry !== undefined || conditional === 'none')) return { ...asIs, removesHidden }
  return { change: { ...change, when: { version } }, isExact: true, removesHidden }
}

/** An unconditional put takes effect whatever is there; one on a version compares with whatever is stored. */
function needsLook(change: Change<unknown>): boolean {
  return change.entry === undefined || typeof change.when === 'string'
}
