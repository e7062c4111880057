/** What a conditional operation asked of the key. Values stand for the writes that stored them, so let each be unique. */
export type HistoryCondition<V> = 'absent' | 'present' | { readonly value: V }

/** What a client did, and what it was told. */
export type HistoryAction<V> =
  | { readonly verb: 'read'; readonly answer: V | undefined }
  | {
      readonly verb: 'put'
      readonly value: V
      readonly when?: HistoryCondition<V> | undefined
      readonly answer: boolean
    }
  | { readonly verb: 'remove'; readonly when?: HistoryCondition<V> | undefined; readonly answer: boolean }
  | { readonly verb: 'take'; readonly answer: V | undefined }
  | { readonly verb: 'clear' }

/** One operation of one client on one key, with the moments of its call and of its answer on one common scale. */
export type HistoryOperation<V = unknown> = HistoryAction<V> & {
  readonly key: string
  readonly begin: number
  readonly end: number
  readonly client?: string | number | undefined
  /** Nobody knows whether it happened: it may take effect once, at any time after `begin`, or never. Default false. */
  readonly unknown?: boolean | undefined
}

/** The number of a value in an `Interner`; 0 is a key without one. */
export type ValueId = number

export const ABSENT: ValueId = 0

/** An operation with its values replaced by numbers, for the search. */
export interface InternedOperation<V = unknown> {
  /** Its place in the history. */
  readonly id: number
  readonly operation: HistoryOperation<V>
  readonly begin: number
  /** `Infinity` where the outcome is unknown. */
  readonly end: number
  readonly optional: boolean
  /** The state after it, or `undefined` where its answer is impossible in this state. */
  step(state: ValueId): ValueId | undefined
}

/** Gives every distinct value a number. */
export class Interner<V> {
  readonly #same: (a: V, b: V) => boolean
  readonly #values: V[] = []
  readonly #ids = new Map<V, ValueId>()

  constructor(same: ((a: V, b: V) => boolean) | undefined) {
    this.#same = same ?? Object.is
  }

  id(value: V | undefined): ValueId {
    if (value === undefined) return ABSENT
    const known = this.#ids.get(value)
    if (known !== undefined) return known
    const index = this.#values.findIndex((other) => this.#same(other, value))
    const id = index >= 0 ? index + 1 : this.#values.push(value)
    this.#ids.set(value, id)
    return id
  }

  of(id: ValueId): V | undefined {
    return id === ABSENT ? undefined : this.#values[id - 1]
  }
}

export function intern<V>(id: number, operation: HistoryOperation<V>, values: Interner<V>): InternedOperation<V> {
  const optional = operation.unknown === true
  return {
    id,
    operation,
    begin: operation.begin,
    end: optional ? Number.POSITIVE_INFINITY : operation.end,
    optional,
    step: transition(operation, values, optional),
  }
}

function transition<V>(
  action: HistoryAction<V>,
  values: Interner<V>,
  anyAnswer: boolean,
): (state: ValueId) => ValueId | undefined {
  switch (action.verb) {
    case 'read': {
      const answer = values.id(action.answer)
      return (state) => (anyAnswer || state === answer ? state : undefined)
    }
    case 'take': {
      const answer = values.id(action.answer)
      return (state) => (anyAnswer || state === answer ? ABSENT : undefined)
    }
    case 'put': {
      const value = values.id(action.value)
      const holds = condition(action.when, values)
      return (state) => {
        const done = holds(state)
        if (!anyAnswer && done !== action.answer) return undefined
        return done ? value : state
      }
    }
    case 'remove': {
      const holds = condition(action.when, values)
      return (state) => {
        const done = holds(state)
        if (!anyAnswer && (done && state !== ABSENT) !== action.answer) return undefined
        return done ? ABSENT : state
      }
    }
    case 'clear':
      return () => ABSENT
  }
}

function condition<V>(when: HistoryCondition<V> | undefined, values: Interner<V>): (state: ValueId) => boolean {
  if (when === undefined) return () => true
  if (when === 'absent') return (state) => state === ABSENT
  if (when === 'present') return (state) => state !== ABSENT
  const wanted = values.id(when.value)
  return (state) => state === wanted
}
