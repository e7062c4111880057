import {
  type Bytes,
  CacheError,
  type Call,
  type Change,
  type Found,
  type Page,
  type Store,
  type StreamChange,
  type StreamVerbs,
  type Traits,
} from '@cachette/core'
import { type Lanes, Sweeper, type SweepOptions, type SweepReport } from '@cachette/core/adapter'
import { answersOf } from './answers.js'
import { Changes } from './changes.js'
import { Claims } from './claims.js'
import { fileError } from './errors.js'
import { Frames, MAX_FRAME_BYTES } from './frames.js'
import { type Layout, nameOf } from './layout.js'
import { emptyTrash, sweepClaims } from './leftovers.js'
import { Folder } from './open.js'
import type { Settings } from './options.js'
import { Permits } from './permits.js'
import { keptFiles, scanFiles } from './scan.js'
import { FileStreams, type StreamRead } from './streams.js'
import { sweepSlice } from './sweep.js'
import type { Walk } from './walk.js'

export const TRAITS: Traits = {
  values: 'bytes',
  lives: 'disk',
  shared: true,
  scan: 'unordered',
  conditional: 'shared',
  atomicBatch: false,
  evicts: 'no',
  // Of a value in memory, with room for the head; as a stream it may be as long as the disk is large.
  maxValueBytes: MAX_FRAME_BYTES - 2 ** 18,
  sync: 'none',
  isolated: true,
  streams: true,
}

/** Names each turn in the lanes. */
let turns = 0

type Operation = 'read' | 'write' | 'scan' | 'clear' | 'sweep'

export class FilesStore implements Store<Bytes> {
  readonly name = 'files'
  readonly contract = 1
  readonly traits = TRAITS
  readonly streams: StreamVerbs
  readonly #settings: Settings
  readonly #folder: Folder
  readonly #layout: Layout
  readonly #frames = new Frames()
  readonly #changes: Changes
  readonly #claims: Claims
  readonly #permits: Permits
  readonly #bodies: FileStreams
  readonly #sweeper: Sweeper<Walk>
  #cleaning: Promise<void> = Promise.resolve()
  #closed = false

  /** With lanes of its own it meets other stores as though it were of another process. */
  constructor(settings: Settings, lanes?: Lanes) {
    const { path, fsync, maxOpenFiles, clock, sweepMs, onSweep } = settings
    this.#settings = settings
    this.#folder = new Folder(path, () => this.#tidy(), lanes)
    this.#layout = this.#folder.layout
    this.#claims = new Claims(this.#layout, fsync)
    this.#changes = new Changes({ layout: this.#layout, frames: this.#frames, claims: this.#claims, fsync })
    // Apart, so that a stream which is copied within the store never waits for itself.
    const quarter = Math.floor(maxOpenFiles / 4)
    const forStreams = { reading: new Permits(quarter), writing: new Permits(quarter) }
    this.#permits = new Permits(maxOpenFiles - 2 * quarter)
    this.#bodies = new FileStreams(this.#frames, forStreams, fsync)
    this.#sweeper = new Sweeper({
      source: this.name,
      clock,
      sweepMs,
      onSweep,
      slice: (from: Walk | undefined, now) => this.#guarded('sweep', () => this.#sweepSlice(from, now)),
    })
    this.streams = {
      read: (key, call) => this.#guarded('read', () => this.#readStream(key, call)),
      write: (change, body, call) => this.#guarded('write', () => this.#writeStream(change, body, call)),
    }
  }

  read(keys: readonly string[], { want }: Call): Promise<readonly (Found | undefined)[]> {
    return this.#guarded('read', async () => {
      await this.#folder.opened()
      const found = await Promise.all(
        keys.map((key) =>
          this.#permits.run(() => this.#frames.read(this.#layout.entry(nameOf(key)), key, want ?? 'value')),
        ),
      )
      if (found.includes(undefined)) await this.#layout.check()
      return found
    })
  }

  write(changes: readonly Change[], { now }: Call): Promise<readonly boolean[]> {
    return this.#guarded('write', async () => {
      // Before anything else: so all are checked first, and what is stored is what was given at the call.
      const frames = changes.map(({ key, entry }) => entry && this.#frames.format.write(entry, key))
      const lanes = await this.#folder.opened()
      this.#sweeper.saw(now)
      const done = changes.map((change, index) =>
        this.#inTurn(lanes, nameOf(change.key), () => {
          const frame = frames[index]
          if (frame === undefined) return this.#changes.remove(change, now)
          return this.#changes.put(change.key, change.when, frame, now)
        }),
      )
      return answersOf(changes, await Promise.allSettled(done), this.name)
    })
  }

  async *scan(prefix: string, { want }: Call): AsyncGenerator<Page<Bytes>, void, undefined> {
    try {
      await this.#folder.opened()
      yield* scanFiles(this.#scanning(), prefix, want ?? 'value')
    } catch (error) {
      throw fileError(error, { operation: 'scan', source: this.name, writing: false })
    }
  }

  clear(prefix: string): Promise<void> {
    return this.#guarded('clear', async () => {
      const lanes = await this.#folder.opened()
      if (prefix !== '') return this.#clearBelow(lanes, prefix)
      await this.#inTurn(lanes, '', () => this.#changes.dropAll())
      this.#cleanLater()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#sweeper.close()
    await this.#bodies.close(new CacheError('CLOSED', 'the store has been closed', { source: this.name }))
    await this.#cleaning
    await this.#claims.close()
    await this.#folder.close()
  }

  sweep(options?: SweepOptions): Promise<SweepReport> {
    return this.#sweeper.sweep(options)
  }

  async #clearBelow(lanes: Lanes, prefix: string): Promise<void> {
    for await (const some of keptFiles(this.#scanning(), prefix, 'header')) {
      await Promise.all(some.map(({ name }) => this.#inTurn(lanes, name, () => this.#changes.drop(name))))
    }
  }

  async #readStream(key: string, call: Call): Promise<StreamRead | undefined> {
    await this.#folder.opened()
    const found = await this.#bodies.read(this.#layout.entry(nameOf(key)), key, () => this.#lateness(call))
    if (found === undefined) await this.#layout.check()
    return found
  }

  async #writeStream({ key, header, when }: StreamChange, body: ReadableStream<Bytes>, call: Call): Promise<boolean> {
    const lanes = await this.#folder.opened()
    this.#sweeper.saw(call.now)
    const write = (staged: string): Promise<void> => this.#bodies.store(staged, { key, header }, body, call.signal)
    return this.#changes.staged(write, (staged) =>
      this.#inTurn(lanes, nameOf(key), () => this.#changes.putStaged(key, when, staged, call.now)),
    )
  }

  /** A call that nobody waits for any more opens nothing that somebody would have to close. */
  #lateness({ deadline, signal }: Call): CacheError | undefined {
    if (signal?.aborted === true) return new CacheError('ABORTED', "the caller's signal aborted the call")
    if (this.#settings.clock.now() < deadline) return undefined
    return new CacheError('TIMEOUT', 'all streams that may be open at once are, and none ended in time')
  }

  async #sweepSlice(from: Walk | undefined, now: number): ReturnType<typeof sweepSlice> {
    const lanes = await this.#folder.opened()
    if (from === undefined) await this.#clean()
    const inTurn = <T>(name: string, work: () => Promise<T>): Promise<T> => this.#inTurn(lanes, name, work)
    return sweepSlice({ ...this.#scanning(), claims: this.#claims, inTurn }, from, now)
  }

  /** At opening: what the dead left is gone before anything else; the rest has time. */
  async #tidy(): Promise<void> {
    // They fail where nothing may be written, and then reads go on.
    await sweepClaims(this.#layout).catch(() => undefined)
    await this.#claims.prepare().catch(() => undefined)
    this.#cleanLater()
  }

  /** What fails in the background is left to the next sweep, which tells of it. */
  #cleanLater(): void {
    this.#clean().catch(() => undefined)
  }

  /** Clears away what was put aside or left behind. */
  #clean(): Promise<void> {
    const cleaned = this.#cleaning.then(async () => {
      if (this.#closed) return
      await sweepClaims(this.#layout)
      this.#claims.forget()
      await emptyTrash(this.#layout, () => this.#closed)
    })
    this.#cleaning = cleaned.catch(() => undefined)
    return cleaned
  }

  /**
   * One after the other for each entry, over all stores on this path in this thread; nobody else with the name ''.
   * Takes a permit, so the work takes no other.
   */
  async #inTurn<T>(lanes: Lanes, name: string, work: () => Promise<T>): Promise<T> {
    const scope = name === '' ? { keys: [], prefix: '', writes: true } : { keys: [name], writes: true }
    turns += 1
    return lanes.run(scope, turns, () => this.#permits.run(work))
  }

  #scanning() {
    return { layout: this.#layout, frames: this.#frames, permits: this.#permits }
  }

  async #guarded<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const writing = operation === 'write' || operation === 'clear'
      throw fileError(error, { operation, source: this.name, writing })
    }
  }
}
