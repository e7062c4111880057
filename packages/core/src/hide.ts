import { all, andThen, isPromise } from './awaitable.js'
import type { Awaitable, Call, Change, Found, Page, Store } from './contract.js'
import type { AnyLayer, LayerFacts, Verbs } from './layer.js'

export interface Hiding extends LayerFacts {
  /** Whether this entry, which the store below shows, is to count as absent. Asked of values alone, with their headers. */
  hidden(key: string, found: Found<unknown>, call: Call): Awaitable<boolean>
}

/** How often a change is judged anew when another writer comes between the look and the write. */
const MAX_ATTEMPTS = 16

/**
 * A layer that hides entries: what it hides is absent to every verb and every condition (Y2). Where the answer to a
 * change hangs on what is stored, the layer looks first and writes on condition that what it saw is still there.
 */
export function hide(options: Hiding): AnyLayer {
  const { name, needs, place, changes, state } = options
  return {
    name,
    needs,
    place,
    changes,
    state,
    wrap<V>(next: Store<V>): Verbs<V> {
      const shown = new Hider(next, options)
      return {
        // Changes of one batch may have to be judged one by one.
        traits: { ...next.traits, atomicBatch: false },
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
    if (batch.every((change) => !needsLook(change))) return this.#next.write(batch, call)
    return this.#writeFrom(batch, call, 0, [])
  }

  /** In order, one by one: each is judged against what those before it left. */
  #writeFrom(batch: readonly Change<V>[], call: Call, from: number, answers: boolean[]): Awaitable<readonly boolean[]> {
    for (let index = from; index < batch.length; index += 1) {
      const change = batch[index]
      if (change === undefined) continue
      const answer = this.#writeOne(change, call, MAX_ATTEMPTS)
      if (isPromise(answer)) {
        return answer.then((done) => {
          answers.push(done)
          return this.#writeFrom(batch, call, index + 1, answers)
        })
      }
      answers.push(answer)
    }
    return answers
  }

  #writeOne(change: Change<V>, call: Call, attempts: number): Awaitable<boolean> {
    if (!needsLook(change)) return this.#ask(change, call)
    const look: Call = { ...call, want: 'header', show: 'live', load: undefined }
    return andThen(this.#next.read([change.key], look), ([found]) => {
      // What the store below does not show either, it judges by itself.
      if (found === undefined) return this.#ask(change, call)
      return andThen(this.#hiding.hidden(change.key, found, call), (hidden) =>
        andThen(
          this.#judged(change, found, hidden, call),
          (answer) => answer ?? (attempts > 1 && this.#writeOne(change, call, attempts - 1)),
        ),
      )
    })
  }

  /** The answer, or nothing where what was seen has changed meanwhile and must be looked at again. */
  #judged(change: Change<V>, found: Found<V>, hidden: boolean, call: Call): Awaitable<boolean | undefined> {
    const { when } = change
    const removesHidden = hidden && change.entry === undefined
    if (typeof when === 'object') return andThen(this.#ask(change, call), (done) => done && !removesHidden)
    if (when === (hidden ? 'present' : 'absent')) return false
    if (when === 'vacant' && !hidden) return this.#ask(change, call)
    const exact = this.#ask({ ...change, when: { version: found.version } }, call)
    return andThen(exact, (held) => (held ? !removesHidden : undefined))
  }

  #ask(change: Change<V>, call: Call): Awaitable<boolean> {
    return andThen(this.#next.write([change], call), ([answer]) => answer === true)
  }

  #filter<F extends Found<V>>(
    keys: readonly string[],
    found: readonly (F | undefined)[],
    call: Call,
  ): Awaitable<readonly (F | undefined)[]> {
    if (call.show === 'all') return found
    const verdicts = all(
      found.map((entry, index) => entry?.kind === 'value' && this.#hiding.hidden(keys[index] ?? '', entry, call)),
    )
    return andThen(verdicts, (hidden) =>
      hidden.includes(true) ? found.map((entry, index) => (hidden[index] === true ? undefined : entry)) : found,
    )
  }
}

/** An unconditional put takes effect whatever is there; one on a version compares with whatever is stored. */
function needsLook(change: Change<unknown>): boolean {
  return change.entry === undefined || typeof change.when === 'string'
}
