import { type AnyLayer, type Header, RULES, type Rules } from '@cachette/core'
import { graceOf, isNew, retimed, type Times } from './retimed.js'
import { type Settings, settle } from './settings.js'

export interface JitterOptions {
  /** The part of a lifetime that chance may take off, above 0 and below 1. Default 0.1. */
  readonly fraction?: number | undefined
  /** No lifetime is made shorter than this, in milliseconds. Default 0. */
  readonly minMs?: number | undefined
  /** Between 0 and 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

export type JitterSettings = Settings<JitterOptions>

export const JITTER_DEFAULTS: JitterSettings = { fraction: 0.1, minMs: 0, random: Math.random }

/** The layer, and the handle by which it is changed while it runs. */
export interface Jitter extends AnyLayer {
  readonly settings: JitterSettings
  /** Changes settings for what is written from now on. Checked as a whole before any takes effect. */
  configure(changes: JitterOptions): void
}

const ACCEPTED: Rules<JitterOptions> = { fraction: RULES.fraction, minMs: RULES.nonNegativeMs, random: RULES.run }

/**
 * Takes a random part off each lifetime, so that entries which were written together do not die together, nor become
 * stale together. No lifetime gets longer. What is moved on by `touch`, a sliding read or a copy, and an update that
 * keeps its lifetime, is left alone.
 *
 * Stands inside `ttl`, whose lifetimes it spreads: in `[jitter(), ttl({ rules })]` the rules would make them all alike
 * again. That order is refused, and so is `encryption` outside of it, which binds lifetimes.
 *
 * Costs a random number and a copy of the header for each value that is written; reads pass by it.
 *
 * It has nothing of its own that fails.
 */
export function jitter(options: JitterOptions = {}): Jitter {
  let settings = settle('jitter', JITTER_DEFAULTS, options, ACCEPTED)
  const layer = retimed({ name: 'jitter', place: { inside: ['ttl'] }, changes: ['V1', 'T1'] }, (_key, header, call) =>
    isNew(header, call) ? spread(header, call.now, settings) : undefined,
  )
  return {
    ...layer,
    get settings() {
      return settings
    },
    configure(changes) {
      settings = settle('jitter', settings, changes, ACCEPTED)
    },
  }
}

/** All phases by the same factor, so that they stay in order; the time of grace as it is. */
function spread(header: Header, now: number, { fraction, minMs, random }: JitterSettings): Times {
  const left = 1 - fraction * random()
  // Whole milliseconds, as most lifetimes are and some backends have them; never later than it was.
  const sooner = (at: number): number => Math.min(at, Math.ceil(now + Math.max((at - now) * left, minMs)))
  const expiresAt = sooner(header.expiresAt)
  return { staleAt: sooner(header.staleAt), expiresAt, keptUntil: expiresAt + graceOf(header), marks: header.marks }
}
