import type { Clock, Presence, Timer } from '@cachette/core'

/** A process that has announced itself on the bus. */
export interface Member {
  /** Its name on the bus: another each time that it starts. */
  readonly id: string
  /** When it began, by its own clock. */
  readonly since: number
  /** When it was last heard of, by this process's clock. */
  readonly heardAt: number
  /** Not heard of for three times as long as it should have been. */
  readonly silent: boolean
  readonly summary: Presence['summary']
}

/** After so many announcements that did not come a member is silent; after so many more it is forgotten. */
const SILENT_AFTER = 3
const FORGOTTEN_AFTER = 60

export interface FleetOptions {
  readonly clock: Clock
  readonly presenceMs: number
  summary(this: void): Presence['summary']
  publish(this: void, presence: Presence): void
  failed(this: void, error: unknown): void
}

/** Who else is there. Each announces itself again and again; whoever stops has fallen silent. */
export class Fleet {
  readonly #options: FleetOptions
  readonly #since: number
  readonly #heard = new Map<string, Presence & { readonly at: number }>()
  #timer: Timer | undefined

  constructor(options: FleetOptions) {
    this.#options = options
    this.#since = options.clock.now()
  }

  begin(): void {
    const { clock, presenceMs, summary, publish, failed } = this.#options
    try {
      publish({ since: this.#since, summary: summary() })
    } catch (error) {
      // It is the user's own: nobody is there to catch what it throws.
      failed(error)
      publish({ since: this.#since, summary: {} })
    }
    this.#timer = clock.setTimer(presenceMs, () => this.begin(), { background: true })
  }

  heard(id: string, presence: Presence): void {
    this.#heard.set(id, { ...presence, at: this.#options.clock.now() })
  }

  members(): readonly Member[] {
    const { clock, presenceMs } = this.#options
    const now = clock.now()
    for (const [id, { at }] of this.#heard) if (now - at > presenceMs * FORGOTTEN_AFTER) this.#heard.delete(id)
    return [...this.#heard].map(([id, { since, summary, at }]) => ({
      id,
      since,
      heardAt: at,
      silent: now - at > presenceMs * SILENT_AFTER,
      summary,
    }))
  }

  close(): void {
    this.#timer?.cancel()
  }
}
