import {
  type Awaitable,
  type Call,
  type Change,
  compose,
  decide,
  type Entry,
  type Found,
  type Layer,
  type ManualClock,
  manualClock,
  newCall,
  type Page,
  type Store,
  shell,
  type Traits,
  type Version,
} from '@cachette/core'

/** One call as it comes to the server. */
export interface Arrival {
  readonly verb: 'read' | 'write' | 'scan' | 'clear'
  readonly keys: readonly string[]
  readonly call: Call
}

/** What befalls it: nothing, or something before it has any effect, or after. What is thrown is the call's failure. */
export interface Fate {
  before?(): Awaitable<void>
  after?(): Awaitable<void>
}

/** A server in this process, whose every call the test may hold, fail, or let land unheard. */
export class Remote implements Store<string> {
  readonly name = 'remote'
  readonly contract = 1
  readonly traits: Traits
  readonly entries = new Map<string, Entry<string>>()
  /** What has come, as `verb key key`. */
  readonly log: string[] = []
  meets: (arrival: Arrival) => Fate | undefined = () => undefined

  constructor(traits: Partial<Traits> = {}) {
    this.traits = {
      values: 'any',
      lives: 'server',
      shared: true,
      scan: 'unordered',
      conditional: 'shared',
      atomicBatch: false,
      evicts: 'no',
      maxValueBytes: Infinity,
      sync: 'none',
      isolated: false,
      streams: false,
      ...traits,
    }
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<string> | undefined)[]> {
    return this.#reach({ verb: 'read', keys, call }, () => keys.map((key) => this.entries.get(key)))
  }

  write(changes: readonly Change<string>[], call: Call): Awaitable<readonly boolean[]> {
    const keys = changes.map(({ key }) => key)
    return this.#reach({ verb: 'write', keys, call }, () => changes.map((change) => this.#apply(change, call)))
  }

  async *scan(prefix: string, call: Call): AsyncIterable<Page<string>> {
    for (const [key, entry] of [...this.entries]) {
      if (key.startsWith(prefix))
        yield this.#reach<Page<string>>({ verb: 'scan', keys: [key], call }, () => [[key, entry]])
    }
  }

  clear(prefix: string, call: Call): Awaitable<void> {
    return this.#reach({ verb: 'clear', keys: [prefix], call }, () => {
      for (const key of [...this.entries.keys()]) if (key.startsWith(prefix)) this.entries.delete(key)
    })
  }

  close(): void {
    this.entries.clear()
  }

  #apply(change: Change<string>, { now }: Call): boolean {
    const { apply, answer } = decide(change, this.entries.get(change.key), now)
    if (apply && change.entry !== undefined) this.entries.set(change.key, change.entry)
    else if (apply) this.entries.delete(change.key)
    return answer
  }

  #reach<T>(arrival: Arrival, work: () => T): Awaitable<T> {
    this.log.push([arrival.verb, ...arrival.keys].join(' '))
    const fate = this.meets(arrival)
    if (this.traits.sync === 'all') return ready(fate, work)
    return later(fate, work)
  }
}

function ready<T>(fate: Fate | undefined, work: () => T): T {
  void fate?.before?.()
  return work()
}

async function later<T>(fate: Fate | undefined, work: () => T): Promise<T> {
  await fate?.before?.()
  const answer = work()
  await fate?.after?.()
  return answer
}

/** Layers over such a server, on a clock that stands still. */
export interface Bench {
  readonly clock: ManualClock
  readonly remote: Remote
  readonly store: Store<string>
  call(options?: Partial<Call>): Call
  put(key: string, value?: string, when?: Change<string>['when']): Change<string>
  removal(key: string, when?: Change<string>['when']): Change<string>
}

export function bench(layers: readonly Layer<string>[], traits: Partial<Traits> = {}): Bench {
  const clock = manualClock()
  const remote = new Remote(traits)
  const base = shell(remote, { clock })
  let count = 0
  const version = (): Version => {
    count += 1
    return { time: clock.now(), count, writer: 1 }
  }
  return {
    clock,
    remote,
    store: compose<string>(base, layers),
    call: (options = {}) => ({ ...newCall(clock.now(), { deadline: clock.now() + 1_000 }), ...options }),
    put(key, value = 'v', when = undefined) {
      const forever = { staleAt: Infinity, expiresAt: Infinity, keptUntil: Infinity }
      const facts = { version: version(), kind: 'value' as const, tags: [], marks: {}, size: 1 }
      const entry = { createdAt: clock.now(), ...forever, ...facts, value }
      return { key, entry, version: entry.version, when }
    },
    removal: (key, when) => ({ key, entry: undefined, version: version(), when }),
  }
}

/** Lets everything run that waits for nothing but its turn. */
export function turns(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** What the work comes to, while time goes on from one timer to the next. */
export async function inTime<T>(clock: ManualClock, work: Awaitable<T>): Promise<T> {
  let isOver = false
  const over = (): void => {
    isOver = true
  }
  const result = Promise.resolve(work)
  result.then(over, over)
  do await turns()
  while (!isOver && clock.runNext())
  return result
}
