import type { Sealed } from '../cache/pipeline.js'
import type { Load, Version } from '../contract.js'
import { LoadState } from './load.js'

/** A load under way, which any number of callers may wait for. */
export class Flight<S> {
  readonly load: Load
  readonly controller = new AbortController()
  /** What was loaded, as it was at that moment; nothing where a batched loader left the key out. */
  result: Promise<Sealed<S> | undefined> = NEVER
  /** Goes on though nobody waits: a refresh, or a load whose callers were served something older. */
  background = false
  /** The loader itself runs: what the cache's own calls take is behind it. */
  loading = false
  /** The cache that began it was closed: whoever still wants the value loads it again. */
  orphaned = false
  waiting = 0
  settled = false
  readonly #state: LoadState

  constructor(begun: Version, tags: readonly string[] | undefined) {
    this.#state = new LoadState(begun, tags)
    this.load = this.#state
  }

  /** The load is over, its write included: nothing need be watched for it any more. */
  end(): void {
    this.#state.end()
  }
}

const NEVER = /* @__PURE__ */ new Promise<never>(() => undefined)
