import {
  type Awaitable,
  CacheError,
  type Call,
  type Change,
  type Entry,
  type Found,
  isPromise,
  toCacheError,
  type Verdict,
} from '@cachette/core'
import { ReferenceStore, RemoteReferenceStore } from '../reference.js'
import { layerMutant, type Mutant, shellMutant, storeMutant } from './mutant.js'

class MissesWhenItFails extends RemoteReferenceStore {
  override async read(keys: readonly string[], call: Call): Promise<readonly (Found | undefined)[]> {
    try {
      return await super.read(keys, call)
    } catch {
      return keys.map(() => undefined) // The failure that keyv makes a miss of.
    }
  }
}

class StoresWhenItFails extends RemoteReferenceStore {
  override async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    try {
      return await super.write(changes, call)
    } catch {
      return changes.map(() => true) // The failure that keyv 5 makes a success of.
    }
  }
}

class StaysDown extends RemoteReferenceStore {
  #failure: CacheError | undefined

  protected override async reach<T>(call: Call, work: () => Awaitable<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return await super.reach(call, work)
    } catch (error) {
      this.#failure = toCacheError(error)
      throw error
    }
  }
}

const POOL_SIZE = 2

class LeaksItsPool extends RemoteReferenceStore {
  #busy = 0

  protected override async reach<T>(call: Call, work: () => Awaitable<T>): Promise<T> {
    if (this.#busy >= POOL_SIZE) throw new CacheError('UNAVAILABLE', 'no connection is free')
    this.#busy += 1
    const answer = await super.reach(call, work)
    this.#busy -= 1
    return answer
  }
}

class LeavesRejections extends RemoteReferenceStore {
  protected override reach<T>(call: Call, work: () => Awaitable<T>): Awaitable<T> {
    const answer = super.reach(call, work)
    if (isPromise(answer)) void answer.finally(() => undefined)
    return answer
  }
}

class HangsAtClose extends RemoteReferenceStore {
  protected override reach<T>(call: Call, work: () => Awaitable<T>): Awaitable<T> {
    return this.outage.fault === 'silence' ? new Promise(() => undefined) : super.reach(call, work)
  }
}

class ServesDamage extends ReferenceStore {
  protected override find(key: string, call: Call): Found | undefined {
    const found = super.find(key, call)
    const entry = this.disk.entries.get(key)
    return found?.kind === 'damaged' && entry !== undefined ? this.give(entry) : found
  }
}

class FailsForDamage extends ReferenceStore {
  protected override find(key: string, call: Call): Found | undefined {
    const found = super.find(key, call)
    if (found?.kind === 'damaged') throw new CacheError('CORRUPT', 'the entry is damaged')
    return found
  }
}

class KeepsDamage extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const reclaims = this.disk.damaged.has(change.key) && typeof change.when === 'object'
    return reclaims ? { apply: false, answer: false } : super.judge(change, stored, call)
  }

  protected override stored(place: string): Entry | undefined {
    const entry = this.disk.entries.get(place)
    return entry !== undefined && this.disk.damaged.has(place) ? { ...entry, kind: 'value' } : entry
  }
}

class ReclaimsDamageByKey extends ReferenceStore {
  protected override find(key: string, call: Call): Found | undefined {
    const found = super.find(key, call)
    if (found?.kind === 'damaged') void Promise.resolve().then(() => this.drop(key))
    return found
  }
}

export const FAILURE_MUTANTS: readonly Mutant[] = [
  shellMutant(
    'waits-for-ever',
    'F1',
    'Has no deadline: with its Redis down, a call of keyv is pending after 45 seconds.',
    (shell) => ({ read: (keys, call) => shell.read(keys, { ...call, deadline: Number.POSITIVE_INFINITY }) }),
    HangsAtClose,
  ),
  shellMutant(
    'throws-strings',
    'F1',
    'Passes on whatever the driver throws.',
    (shell) => ({
      read: async (keys, call) => {
        try {
          return await shell.read(keys, call)
        } catch (error) {
          throw new Error(`the driver says: ${String(error)}`)
        }
      },
    }),
    RemoteReferenceStore,
  ),
  storeMutant(
    'leaves-rejections',
    'F1',
    'Leaves a rejected promise to nobody, which ends the process.',
    LeavesRejections,
  ),
  storeMutant(
    'misses-when-it-fails',
    'F2',
    'Turns a failed read into a miss, as the adapters of keyv do.',
    MissesWhenItFails,
  ),
  storeMutant(
    'stores-when-it-fails',
    'F2',
    'Says that a failed write was stored, as cacheable does.',
    StoresWhenItFails,
  ),
  storeMutant('stays-down', 'F3', 'Remembers its first failure, as memjs keeps half an answer.', StaysDown),
  storeMutant('leaks-its-pool', 'F3', 'Gives no connection back after a failure.', LeaksItsPool),
  shellMutant(
    'does-not-listen',
    'F4',
    'Takes a signal and never looks at it.',
    (shell) => ({ read: (keys, call) => shell.read(keys, { ...call, signal: undefined }) }),
    RemoteReferenceStore,
  ),
  shellMutant(
    'listens-at-first',
    'F4',
    'Looks at the signal before it begins, and not while it waits.',
    (shell) => ({
      write: (changes, call) => {
        if (call.signal?.aborted === true) throw new CacheError('ABORTED', 'aborted by its caller')
        return shell.write(changes, { ...call, signal: undefined })
      },
    }),
    RemoteReferenceStore,
  ),
  storeMutant('serves-damage', 'F5', 'Does not look at what it reads.', ServesDamage),
  storeMutant('fails-for-damage', 'F5', 'Fails a whole batch for one damaged entry.', FailsForDamage),
  storeMutant(
    'keeps-damage',
    'F5',
    'Finds a damaged entry present, for ever, so that nothing can be added over it.',
    KeepsDamage,
  ),
  storeMutant('reclaims-damage-by-key', 'F5', 'Removes whatever is there by then.', ReclaimsDamageByKey),
  layerMutant('fails-for-a-miss', 'F2', 'Takes a failure for a value.', (next) => ({
    read: async (keys, call) => {
      try {
        return await next.read(keys, call)
      } catch {
        return keys.map(() => undefined) // The failure that is a miss where nobody asked for that.
      }
    },
  })),
]
