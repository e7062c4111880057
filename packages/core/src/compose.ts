import { andThen, isFound, isPromise } from './awaitable.js'
import type { Awaitable, Call, Change, Found, Page, Store, StreamVerbs, Traits } from './contract.js'
import type { CacheError } from './errors.js'
import { closed, type Gate, type Operation, outlasting } from './gate.js'
import type { Host, Layer } from './layer.js'
import { failed, normalised } from './normalise.js'
import { shown } from './options.js'
import { CLOSE_DEADLINE_MS, innerShell, type StoreShell, scopeOf } from './shell.js'
import { checkLayer, checkNeeds, checkOrder, checkVerbs } from './stack-checks.js'

export interface ComposeOptions extends Partial<Host> {
  /** Closes what is below the layers. Default: the store. */
  readonly close?: (() => Awaitable<void>) | undefined
}

/**
 * The store with layers around it: the first is outermost, as the call reads. A call takes its place in the store's
 * order here, before the first layer, and keeps it through all of them, so a slow layer lets no later call pass.
 */
export function compose<V>(store: Store<V>, layers: readonly Layer<V>[], options: ComposeOptions = {}): Store<V> {
  const base = innerShell(store)
  checkOrder(layers, 'layers')
  if (layers.length === 0) return base
  const full: Host = {
    clock: base.clock,
    versions: base.versions,
    report: options.report ?? (() => undefined),
    on: options.on ?? (() => () => undefined),
    background: options.background ?? ((work) => void work.catch(() => undefined)),
  }
  return new Stack(
    layers.reduceRight<Store<V>>((next, layer) => apply(next, layer, full), detached(base, options.close)),
    base.gate,
  )
}

function apply<V>(next: Store<V>, layer: Layer<V>, host: Host): Store<V> {
  checkLayer(layer)
  checkNeeds(layer, next.traits, next.name)
  const verbs = layer.wrap(next, host)
  checkVerbs(layer, verbs)
  // A layer that changes what a read gives, and knows no single reads, is asked by batches of one.
  const readOne = verbs.read === undefined ? next.readOne : verbs.readOne?.bind(verbs)
  return {
    ...(readOne !== undefined && { readOne }),
    name: next.name,
    contract: 1,
    traits: verbs.traits ?? next.traits,
    streams: 'streams' in verbs ? verbs.streams : next.streams,
    read: verbs.read?.bind(verbs) ?? next.read,
    write: verbs.write?.bind(verbs) ?? next.write,
    scan: verbs.scan?.bind(verbs) ?? next.scan,
    clear: verbs.clear?.bind(verbs) ?? next.clear,
    close: verbs.close?.bind(verbs) ?? next.close,
  }
}

/** The verbs as functions that need no `this`, so that a layer which leaves one alone costs it nothing. */
function detached<V>(base: StoreShell<V>, close: () => Awaitable<void> = () => base.close()): Store<V> {
  return {
    name: base.name,
    contract: 1,
    traits: base.traits,
    streams: base.streams,
    read: (keys, call) => base.read(keys, call),
    readOne: (key, call) => base.readOne(key, call),
    write: (changes, call) => base.write(changes, call),
    scan: (prefix, call) => base.scan(prefix, call),
    clear: (prefix, call) => base.clear(prefix, call),
    close,
  }
}

class Stack<V> implements Store<V> {
  readonly name: string
  readonly contract = 1
  readonly traits: Traits
  readonly streams: StreamVerbs | undefined
  readonly #outer: Store<V>
  readonly #readOne: Store<V>['readOne']
  readonly #gate: Gate
  #closed = false
  #closing: Awaitable<void> = undefined

  constructor(outer: Store<V>, gate: Gate) {
    this.name = outer.name
    this.traits = outer.traits
    this.streams = outer.streams
    this.#outer = outer
    this.#readOne = outer.readOne
    this.#gate = gate
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    this.#check('read', call)
    if (!this.#gate.lanes.idle) {
      return this.#gate.pass('read', { keys, writes: false }, outlasting(call), () => this.#read(keys, call))
    }
    const found = this.#read(keys, call)
    return isPromise(found) ? this.#gate.hold('read', { keys, writes: false }, outlasting(call), found) : found
  }

  readOne(key: string, call: Call): Awaitable<Found<V> | undefined> {
    // What may be refused, or has to wait, goes the long way; the rest, nearly every call there is, is checked below.
    if (this.#readOne === undefined || this.#closed || call.signal !== undefined || !this.#gate.lanes.idle)
      return andThen(this.read([key], call), ([found]) => found)
    let found: Awaitable<Found<V> | undefined>
    try {
      found = this.#readOne(key, call)
      if (isFound(found)) return found
    } catch (error) {
      throw failed('read', this.name, error)
    }
    if (!isPromise(found)) throw this.#misgiven('read', 1, found)
    const answers = found.then((entry) => {
      if (isFound(entry)) return [entry]
      throw this.#misgiven('read', 1, entry)
    })
    const answer = this.#later('read', [key], answers)
    const held = this.#gate.hold('read', { keys: [key], writes: false }, outlasting(call), answer)
    return andThen(held, ([entry]) => entry)
  }

  write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    this.#check('write', call)
    if (!this.#gate.lanes.idle) {
      return this.#gate.pass('write', scopeOf(changes), outlasting(call), () => this.#write(changes, call))
    }
    const done = this.#write(changes, call)
    return isPromise(done) ? this.#gate.hold('write', scopeOf(changes), outlasting(call), done) : done
  }

  scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    this.#check('scan', call)
    return this.#gate.pages(prefix, outlasting(call), () => this.#outer.scan(prefix, call))
  }

  clear(prefix: string, call: Call): Awaitable<void> {
    this.#check('clear', call)
    return this.#gate.pass('clear', { keys: [], prefix, writes: true }, outlasting(call), () =>
      normalised('clear', this.name, () => this.#outer.clear(prefix, call)),
    )
  }

  close(): Awaitable<void> {
    if (this.#closed) return this.#closing
    this.#closed = true
    const closing = andThen(this.#gate.lanes.drained(), () => normalised('close', this.name, () => this.#outer.close()))
    this.#closing = this.#gate.within(closing, CLOSE_DEADLINE_MS)
    return this.#closing
  }

  // Without a closure for each: these two are most of what a stack costs.

  #read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    let found: Awaitable<readonly (Found<V> | undefined)[]>
    try {
      found = this.#outer.read(keys, call)
    } catch (error) {
      throw failed('read', this.name, error)
    }
    return isPromise(found) ? this.#later('read', keys, found) : this.#counted('read', keys, found)
  }

  #write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    let done: Awaitable<readonly boolean[]>
    try {
      done = this.#outer.write(changes, call)
    } catch (error) {
      throw failed('write', this.name, error)
    }
    return isPromise(done) ? this.#later('write', changes, done) : this.#counted('write', changes, done)
  }

  #later<T>(operation: Operation, asked: readonly unknown[], answers: Promise<readonly T[]>): Promise<readonly T[]> {
    return answers.then(
      (given) => this.#counted(operation, asked, given),
      (error: unknown) => {
        throw failed(operation, this.name, error)
      },
    )
  }

  /** A layer that forgets what it was given would make of every hit a miss. */
  #counted<T>(operation: Operation, asked: readonly unknown[], answers: readonly T[]): readonly T[] {
    const given: unknown = answers
    if (Array.isArray(given) && given.length === asked.length) return answers
    throw this.#misgiven(operation, asked.length, given)
  }

  #misgiven(operation: Operation, asked: number, given: unknown): CacheError {
    return failed(operation, this.name, new Error(`a layer gave ${shown(given)} to a ${operation} of ${asked}`))
  }

  /** The store below may serve others, and outlive this. */
  #check(operation: Operation, call: Call): void {
    if (this.#closed && !this.#gate.lanes.has(call.id)) throw closed(this.name, operation)
    this.#gate.check(operation, call)
  }
}
