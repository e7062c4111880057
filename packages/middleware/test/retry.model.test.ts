import { checkHistory, type HistoryRecorder, recordHistory } from '@cachette/conformance'
import { CacheError, type Change, type Version } from '@cachette/core'
import { chaos } from '@cachette/middleware/chaos'
import { retry } from '@cachette/middleware/retry'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bench, bench, inTime } from './support/remote.js'

const settings = fc.record({
  attempts: fc.integer({ min: 1, max: 5 }),
  budget: fc.constantFrom(0, 0.125, 0.5, 1),
  burst: fc.integer({ min: 1, max: 4 }),
})

describe('the budget', () => {
  it('is what its model says, call by call, and bounds what an outage is multiplied by', async () => {
    // Of each call: how many attempts fail before one would succeed.
    const calls = fc.array(fc.constantFrom(0, 0, 1, 2, 9), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(settings, calls, async (options, failures) => {
        const layer = retry({ ...options, baseMs: 0 })
        const { clock, remote, store, call } = bench([layer])
        let tokens = options.burst
        let attempts = 0
        for (const failing of failures) {
          let left = failing
          remote.meets = () => ({
            before() {
              left -= 1
              if (left >= 0) throw new CacheError('UNAVAILABLE', 'away')
            },
          })
          remote.log.length = 0
          const isGiven = await inTime(clock, store.read(['a'], call())).then(
            () => true,
            () => false,
          )
          tokens = Math.min(options.burst, tokens + options.budget)
          const wanted = Math.min(failing, options.attempts - 1)
          const repeats = Math.min(wanted, Math.floor(tokens))
          tokens -= repeats
          attempts += remote.log.length
          expect(remote.log.length).toBe(1 + repeats)
          expect(isGiven).toBe(failing <= repeats)
          expect(layer.budget).toBe(tokens)
        }
        expect(attempts).toBeLessThanOrEqual(failures.length * (1 + options.budget) + options.burst)
      }),
      { numRuns: 200 },
    )
  })
})

describe('retry over a store that fails, and loses answers', () => {
  const turn = fc.record({
    key: fc.constantFrom('a', 'b'),
    verb: fc.constantFrom('read', 'put', 'remove', 'add', 'swap'),
  })
  const clients = fc.array(fc.array(turn, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 })
  const rates = fc.record({
    error: fc.constantFrom(0, 0.3),
    lostAnswer: fc.constantFrom(0, 0.2, 0.5),
    partial: fc.constantFrom(0, 0.5),
    seed: fc.nat(),
  })

  it('does nothing twice, and gives no answer that no order of the calls explains', async () => {
    let given = 0
    await fc.assert(
      fc.asyncProperty(clients, rates, async (all, faults) => {
        const at = bench([retry({ burst: 100, budget: 1 }), chaos(faults)])
        const history = recordHistory<string>()
        const work = Promise.all(all.map((turns, client) => take(at, history, turns, client)))
        given += (await inTime(at.clock, work)).reduce((sum, count) => sum + count, 0)
        const verdict = checkHistory(history.operations)
        expect(verdict.legal ? '' : verdict.text).toBe('')
      }),
      { numRuns: 300 },
    )
    expect(given).toBeGreaterThan(300)
  })
})

interface Turn {
  readonly key: string
  readonly verb: 'read' | 'put' | 'remove' | 'add' | 'swap'
}

/** One client's calls, each after the one before; gives how many were answered. A swap puts over what was read last. */
async function take(
  at: Bench,
  history: HistoryRecorder<string>,
  turns: readonly Turn[],
  client: number,
): Promise<number> {
  const { store, call, put, removal } = at
  const seen = new Map<string, Version>()
  const write = async (change: Change<string>): Promise<boolean> => (await store.write([change], call()))[0] === true
  const read = async (key: string): Promise<string | undefined> => {
    const [found] = await store.read([key], call())
    if (found !== undefined) seen.set(key, found.version)
    return found && nameOf(found.version)
  }
  const one = ({ key, verb }: Turn): Promise<unknown> => {
    if (verb === 'read') return history.read(key, () => read(key), { client })
    if (verb === 'remove') return history.remove(key, () => write(removal(key)), { client })
    const known = verb === 'swap' ? seen.get(key) : undefined
    const change = put(key, 'v', verb === 'add' ? 'absent' : known && { version: known })
    const when = verb === 'add' ? 'absent' : known && { value: nameOf(known) }
    return history.put(key, nameOf(change.version), () => write(change), { client, when })
  }
  let answered = 0
  for (const turn of turns) {
    await one(turn).then(
      () => {
        answered += 1
      },
      () => undefined,
    )
  }
  return answered
}

function nameOf({ time, count, writer }: Version): string {
  return `${time}.${count}.${writer}`
}
