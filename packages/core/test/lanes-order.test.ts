import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Awaitable } from '../src/contract.js'
import { Lanes, type Scope } from '../src/lanes.js'
import { Calls, clears } from './support/calls.js'
import { type Deferred, deferred, stateOf, turns } from './support/deferred.js'

function overlap(a: Scope, b: Scope): boolean {
  if (a.prefix !== undefined && b.prefix !== undefined) {
    return a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)
  }
  if (a.prefix !== undefined) return b.keys.some((key) => key.startsWith(a.prefix ?? ''))
  return b.prefix !== undefined ? overlap(b, a) : a.keys.some((key) => b.keys.includes(key))
}

const conflict = (a: Scope, b: Scope): boolean => (a.writes || b.writes) && overlap(a, b)

/** Both write to a store that keeps the order of writes itself, and so need not wait for each other there. */
const relayed = (a: Scope, b: Scope): boolean => a.relayed === true && b.relayed === true

const key = fc.constantFrom('a', 'aa', 'ab', 'b', 'ba', 'c')
const scope: fc.Arbitrary<Scope> = fc.oneof(
  fc.record({ keys: fc.array(key, { minLength: 1, maxLength: 4 }), writes: fc.boolean() }),
  { weight: 1, arbitrary: fc.constantFrom('', 'a', 'aa', 'b', 'c').map(clears) },
)

const relay: fc.Arbitrary<Scope> = fc.record({
  keys: fc.array(key, { minLength: 1, maxLength: 4 }),
  writes: fc.constant(true),
  relayed: fc.constant(true),
})

/** A call, and the calls it makes inside its own turn, one after the other. */
interface Nested {
  readonly scope: Scope
  readonly inside: readonly Nested[]
}

describe('lanes', () => {
  it('begin each call exactly when no earlier one that it must not pass is under way, and drain', async () => {
    const step = fc.oneof(scope, relay, fc.nat())
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: '+1' }), async (steps) => {
        const calls = new Calls()
        const made: Scope[] = []
        /** What had begun when each was made. */
        const passed: ReadonlySet<number>[] = []
        const done = new Set<number>()
        const all: Awaitable<unknown>[] = []
        const free = (at: number): boolean =>
          made.slice(0, at).every((earlier, index) => {
            const own = made[at] ?? earlier
            return (
              done.has(index) || !conflict(earlier, own) || (relayed(earlier, own) && passed[at]?.has(index) === true)
            )
          })
        // Such a store answers in order.
        const answers = (at: number): boolean =>
          made.slice(0, at).every((earlier, index) => {
            const own = made[at] ?? earlier
            return done.has(index) || !relayed(earlier, own) || !conflict(earlier, own)
          })
        for (const next of steps) {
          if (typeof next === 'number') {
            const running = calls.begun.filter((name) => !done.has(Number(name)) && answers(Number(name)))
            const ended = running[next % Math.max(running.length, 1)]
            if (ended === undefined) continue
            done.add(Number(ended))
            await calls.end(ended)
          } else {
            passed.push(new Set(calls.begun.map(Number)))
            all.push(calls.make(String(made.length), next))
            made.push(next)
          }
          expect(new Set(calls.begun)).toEqual(new Set(made.flatMap((_, at) => (free(at) ? [String(at)] : []))))
        }
        await calls.endAll()
        await Promise.all(all)
        expect(calls.begun).toHaveLength(made.length)
        expect(calls.lanes.idle).toBe(true)
      }),
    )
  })

  it('never wait in a circle, whatever calls ask for inside their own turn', async () => {
    const leaf: fc.Arbitrary<Nested> = scope.map((only) => ({ scope: only, inside: [] }))
    const within = (inner: fc.Arbitrary<Nested>) =>
      fc.record({ scope, inside: fc.array(inner, { maxLength: 2, size: 'medium' }) })
    const nested = within(fc.oneof(leaf, within(leaf)))
    await fc.assert(
      fc.asyncProperty(
        fc.array(nested, { minLength: 2, maxLength: 6 }),
        fc.array(fc.nat(), { minLength: 20, maxLength: 60 }),
        async (ops, picks) => {
          const lanes = new Lanes()
          const running = new Map<string, Deferred<void>>()
          const make = (op: Nested, name: string, id: number): Awaitable<unknown> =>
            lanes.run(op.scope, id, async () => {
              const step = async (at: string): Promise<void> => {
                const end = deferred()
                running.set(at, end)
                await end.promise
                running.delete(at)
              }
              await step(`${name} before`)
              for (const [index, inner] of op.inside.entries()) await make(inner, `${name}.${index}`, id)
              await step(`${name} after`)
            })
          const done = new Set<Nested>()
          const all = ops.map((op, index) =>
            lanes.run(op.scope, index, async () => {
              const passed = ops
                .slice(0, index)
                .filter((earlier) => !done.has(earlier) && conflict(earlier.scope, op.scope))
              expect(passed).toEqual([])
              await make(op, String(index), index)
              done.add(op)
            }),
          )
          for (let at = 0; running.size > 0; at += 1) {
            const [...names] = running.keys()
            running.get(names[(picks[at] ?? 0) % names.length] ?? '')?.resolve()
            await turns()
          }
          expect(await Promise.all(all.map(stateOf))).toEqual(all.map(() => 'fulfilled'))
          expect(lanes.idle).toBe(true)
        },
      ),
    )
  })
})
