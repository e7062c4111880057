import type { Awaitable, Call, Change, Entry, Found, Verdict } from '@cachette/core'
import { ReferenceStore } from '../reference.js'
import { layerMutant, type Mutant, storeMutant } from './mutant.js'

const SECOND_MS = 1_000

/** The longest delay of `setTimeout`; a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

class ExpiresBySeconds extends ReferenceStore {
  protected override find(key: string, call: Call): Found | undefined {
    const found = super.find(key, call)
    if (found === undefined) return undefined
    return call.now < Math.floor(found.expiresAt / SECOND_MS) * SECOND_MS ? found : undefined
  }
}

class ExpiresLate extends ReferenceStore {
  protected override give(entry: Entry): Entry {
    return { ...super.give(entry), expiresAt: Math.ceil(entry.expiresAt / SECOND_MS) * SECOND_MS }
  }
}

class JudgesTheDead extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    return super.judge(change, stored && { ...stored, expiresAt: Number.POSITIVE_INFINITY }, call)
  }
}

class AsksTheSystem extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    return super.judge(change, stored, { ...call, now: Date.now() })
  }
}

class KeepsTheFirstLifetime extends ReferenceStore {
  protected override keep(place: string, entry: Entry): void {
    const old = this.disk.entries.get(place)
    super.keep(place, old === undefined ? entry : { ...entry, expiresAt: old.expiresAt })
  }
}

class TimersOutliveTheirEntries extends ReferenceStore {
  protected override keep(place: string, entry: Entry): void {
    super.keep(place, entry)
    const delayMs = entry.expiresAt - this.clock.now()
    if (Number.isFinite(delayMs)) this.clock.setTimer(delayMs, () => this.drop(place))
  }
}

class ReclaimsLater extends ReferenceStore {
  override read(keys: readonly string[], call: Call): Awaitable<readonly (Found | undefined)[]> {
    const found = super.read(keys, call)
    for (const key of keys) {
      const entry = this.disk.entries.get(key)
      if (entry !== undefined && entry.expiresAt <= call.now) void Promise.resolve().then(() => this.drop(key))
    }
    return found
  }
}

class SweepsByKey extends ReferenceStore {
  readonly #dead = new Set<string>()

  override read(keys: readonly string[], call: Call): Awaitable<readonly (Found | undefined)[]> {
    const found = super.read(keys, call)
    for (const [key, { keptUntil }] of this.disk.entries) if (keptUntil <= call.now) this.#dead.add(key)
    return found
  }

  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    const answers = super.write(changes, call)
    for (const key of this.#dead) this.drop(key)
    this.#dead.clear()
    return answers
  }
}

class OverflowsTimers extends ReferenceStore {
  protected override keep(place: string, entry: Entry): void {
    super.keep(place, entry)
    const delayMs = entry.expiresAt - this.clock.now()
    if (delayMs <= LONGEST_TIMER_MS) return
    this.clock.setTimer(1, () => {
      if (this.disk.entries.get(place)?.version === entry.version) this.drop(place)
    })
  }
}

class TakesForEverForNever extends ReferenceStore {
  protected override take(entry: Entry): Entry {
    const expiresAt = Number.isFinite(entry.expiresAt) ? entry.expiresAt : 0
    return { ...super.take(entry), expiresAt }
  }
}

class ForgetsWhatIsKept extends ReferenceStore {
  protected override find(key: string, call: Call): Found | undefined {
    const found = super.find(key, call)
    return found !== undefined && call.now < found.expiresAt ? found : undefined
  }
}

export const TIME_MUTANTS: readonly Mutant[] = [
  storeMutant('expires-by-seconds', 'T1', 'Hands lifetimes to a backend that counts in seconds.', ExpiresBySeconds),
  storeMutant('expires-late', 'T1', 'Rounds a lifetime up to the next second.', ExpiresLate),
  storeMutant(
    'judges-the-dead',
    'C1',
    'Takes what is stored for what is there: nothing can be added over the expired.',
    JudgesTheDead,
  ),
  storeMutant('asks-the-system', 'C6', 'Judges expiry by the clock of the machine.', AsksTheSystem),
  storeMutant('keeps-the-first-lifetime', 'T2', 'Writes a value anew and leaves its lifetime.', KeepsTheFirstLifetime),
  storeMutant(
    'timers-outlive-their-entries',
    'T2',
    'Leaves the timer of the entry that was overwritten.',
    TimersOutliveTheirEntries,
  ),
  storeMutant(
    'reclaims-later',
    'T3',
    'Removes what it read as expired, whatever is there by then, as keyv does.',
    ReclaimsLater,
  ),
  storeMutant(
    'sweeps-by-key',
    'T3',
    'Lists expired keys first and removes them later, without another look.',
    SweepsByKey,
  ),
  storeMutant(
    'overflows-timers',
    'T1',
    'Expires after 25 days at once, as the memory driver of unstorage did.',
    OverflowsTimers,
  ),
  storeMutant(
    'takes-for-ever-for-never',
    'T1',
    'Takes Infinity for no time at all, as bentocache does.',
    TakesForEverForNever,
  ),
  storeMutant(
    'forgets-what-is-kept',
    'T5',
    'Reclaims at the end of the lifetime what was to be kept longer.',
    ForgetsWhatIsKept,
  ),
  layerMutant(
    'shows-what-is-kept',
    'T5',
    'Asks for what is kept past its expiry in the name of callers who did not.',
    (next) => ({
      read: (keys, call) => next.read(keys, { ...call, show: 'kept' }),
    }),
  ),
]
