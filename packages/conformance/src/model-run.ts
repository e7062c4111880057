import { type Change, compareVersions, type Entry, type Found, isCacheError, type LawId } from '@cachette/core'
import type { CheckContext, Trial } from './check.js'
import type { Command, Prefix, Script, Show, Step, Want } from './commands.js'
import { lawOfAftermath, lawOfAnswer, lawOfDifference } from './diagnosis.js'
import { broken, collect, difference, under } from './expect.js'
import { brief } from './format.js'
import { Model } from './model.js'

interface Look {
  readonly want: Want
  readonly show: Show
}

/** Makes the calls of a script on a store and on the model, and compares the two after each. */
export class ModelRun {
  readonly #trial: Trial
  readonly #context: CheckContext
  readonly #keys: readonly string[]
  readonly #model = new Model()
  readonly #history: Change<unknown>[] = []

  constructor(trial: Trial, context: CheckContext, keys: Script['keys']) {
    this.#trial = trial
    this.#context = context
    this.#keys = keys
  }

  async do(command: Command): Promise<void> {
    switch (command.type) {
      case 'read': {
        const keys = command.keys.map((key) => this.#key(key))
        return this.#read(keys, command)
      }
      case 'write':
        return this.#write(command.changes.map((step) => this.#change(step)))
      case 'scan':
        return this.#scan(this.#prefix(command.prefix), command)
      case 'clear':
        return this.#clear(this.#prefix(command.prefix))
      case 'move':
        return this.#move(this.#key(command.key), command)
      case 'reopen':
        await under('L2', () => this.#trial.reopen())
        return this.#compare('L2', 'after closing and opening again')
    }
  }

  async #read(keys: readonly string[], { want, show }: Look): Promise<void> {
    const call = this.#trial.call({ want, show })
    const found = await under(this.#whereItFails, () => this.#trial.store.read(keys, call))
    for (const [index, key] of keys.entries()) {
      const law = this.#inBatch(show === 'live' ? 'T1' : 'T5', keys.length)
      const what = `answer ${index} of the read, for key ${brief(key)},`
      this.#expect(found[index], this.#model.shown(key, call), law, what, want)
    }
  }

  async #write(changes: readonly Change<unknown>[]): Promise<void> {
    const { store } = this.#trial
    const now = this.#trial.clock.now()
    const before = new Map(this.#keys.map((key) => [key, this.#model.stored(key, now)]))
    this.#history.push(...changes)
    const isConditional = changes.some(({ when }) => when !== undefined)
    const answers = await under(isConditional ? 'C4' : this.#whereItFails, () =>
      store.write(changes, this.#trial.call()),
    )
    const applied = new Set<Change<unknown>>()
    for (const [index, change] of changes.entries()) {
      const holds = this.#model.holds(change, now)
      const expected = this.#model.expects(change, now)
      const answer = answers[index] === true
      if (expected !== 'either' && answer !== expected) {
        const law = this.#inBatch(lawOfAnswer(change, holds), changes.length)
        broken(`answer ${index} of the write, for key ${brief(change.key)}, to be ${expected}`, String(answer), law)
      }
      if (expected === 'either' ? answer : holds) applied.add(change)
      this.#model.apply(change, answer, now)
    }
    await this.#compareAfter(changes, applied, before)
  }

  async #compareAfter(
    changes: readonly Change<unknown>[],
    applied: ReadonlySet<Change<unknown>>,
    before: ReadonlyMap<string, Entry<unknown> | undefined>,
  ): Promise<void> {
    const call = this.#trial.call({ show: 'all' })
    for (const key of this.#keys) {
      const [found] = await under(this.#whereItFails, () => this.#trial.store.read([key], call))
      const expected = this.#model.shown(key, call)
      const own = changes.filter((change) => change.key === key)
      const change = own.findLast((one) => applied.has(one)) ?? own.at(-1)
      const isApplied = change !== undefined && applied.has(change)
      const aftermath = { expected, found, change, isApplied, now: call.now, history: this.#history }
      const law = this.#inBatch(lawOfAftermath(aftermath), changes.length)
      this.#expect(found, expected, law, `key ${brief(key)} after the write`, 'value', before.get(key))
    }
  }

  async #scan(prefix: string, { want, show }: Look): Promise<void> {
    const call = this.#trial.call({ want, show })
    const page = await under('S1', () => collect(this.#trial.store.scan(prefix, call)))
    const what = `a scan of ${brief(prefix)}`
    const given = new Map(page)
    if (given.size < page.length) broken(`${what} to give no key twice`, brief(page.map(([key]) => key)), 'S1')
    for (const [key, found] of page) {
      if (!key.startsWith(prefix)) broken(`${what} to give what begins with it`, brief(key), 'S2')
      if (!this.#keys.includes(key)) broken(`${what} to give keys as they were written`, brief(key), 'K1')
      this.#expect(found, this.#model.shown(key, call), 'S2', `${what}, for key ${brief(key)},`, want)
    }
    for (const key of this.#keys) {
      const isDue = key.startsWith(prefix) && this.#model.shown(key, call) !== undefined
      if (isDue && !given.has(key)) broken(`${what} to give the key ${brief(key)}`, brief([...given.keys()]), 'S1')
    }
  }

  async #clear(prefix: string): Promise<void> {
    try {
      await this.#trial.store.clear(prefix, this.#trial.call())
    } catch (error) {
      const isRefused = this.#context.traits.scan === 'none' && isCacheError(error) && error.code === 'UNSUPPORTED'
      return isRefused
        ? this.#compare('S5', 'after a clear that was refused')
        : under('S5', () => Promise.reject(error))
    }
    this.#model.clear(prefix)
    await this.#compare('S5', `after a clear of ${brief(prefix)}`)
  }

  async #move(
    key: string,
    { to, offset }: { readonly to: 'expiresAt' | 'keptUntil'; readonly offset: number },
  ): Promise<void> {
    const { clock } = this.#trial
    const target = (this.#model.stored(key, clock.now())?.[to] ?? clock.now()) + offset
    if (target === Infinity || target <= clock.now()) return
    clock.advance(target - clock.now())
    await this.#compare('T1', 'when time has passed', 'live')
    await this.#compare('T5', 'when time has passed', 'kept')
  }

  /** Keys are what differs most from call to call, unless it is known to fail for the sake of values. */
  get #whereItFails(): LawId {
    return this.#context.known.has('V1') ? 'V1' : 'K1'
  }

  /** All keys, one by one: how batches are read is judged by the script's own reads. */
  async #compare(law: LawId, when: string, show: Show = 'all'): Promise<void> {
    const call = this.#trial.call({ show })
    for (const key of this.#keys) {
      const [found] = await under(this.#whereItFails, () => this.#trial.store.read([key], call))
      this.#expect(found, this.#model.shown(key, call), law, `key ${brief(key)} ${when}`, 'value')
    }
  }

  #expect(
    found: Found<unknown> | undefined,
    expected: Entry<unknown> | undefined,
    law: LawId,
    what: string,
    want: Want,
    before?: Entry<unknown>,
  ): void {
    if (found === undefined && expected === undefined) return
    if (expected === undefined) broken(`${what} to give nothing`, 'an entry', law)
    if (found === undefined) broken(`${what} to give its entry`, 'nothing', law)
    const order = compareVersions(found.version, expected.version)
    if (order !== 0) broken(`${what} to give its entry`, order < 0 ? 'an older one' : 'a newer one', law)
    const whole = want === 'header' ? { ...found, value: expected.value } : found
    const different = difference(whole, expected, this.#context.values)
    if (different === undefined) return
    const { name, expected: written, got } = different
    broken(`${what} to have the ${name} ${written}`, got, lawOfDifference(name, expected, before))
  }

  /** What goes wrong in a batch, and has not been seen to go wrong singly, is the batch's fault. */
  #inBatch(law: LawId, size: number): LawId {
    return size > 1 && !this.#context.known.has(law) ? 'B1' : law
  }

  #key(choice: number): string {
    return this.#keys[choice % this.#keys.length] ?? 'a'
  }

  #prefix({ key, length }: Prefix): string {
    return [...this.#key(key)].slice(0, length).join('')
  }

  #change({ key: choice, puts, kind, lifetime, kept, when: condition, value }: Step): Change<unknown> {
    const key = this.#key(choice)
    const when = typeof condition === 'object' ? this.#seen(key, condition.seen) : condition
    if (!puts) return this.#trial.remove(key, { when })
    const expiresAt = this.#trial.clock.now() + lifetime
    const options = { kind, expiresAt, keptUntil: expiresAt + kept, when }
    return this.#trial.put(key, value === undefined ? options : { ...options, value: value[0] })
  }

  /** One of the last versions of the key, the newest first; one of its own making where it has had none. */
  #seen(key: string, back: number): { readonly version: Change['version'] } {
    const own = this.#history.filter((change) => change.key === key)
    return { version: own.at(-1 - (back % Math.max(own.length, 1)))?.version ?? this.#trial.version() }
  }
}
