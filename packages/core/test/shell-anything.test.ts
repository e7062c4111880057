import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { around } from '../src/around.js'
import { compose } from '../src/compose.js'
import type { Awaitable, Found, Store } from '../src/contract.js'
import { type CacheError, isCacheError } from '../src/errors.js'
import { hide } from '../src/hide.js'
import type { AnyLayer } from '../src/layer.js'
import { keys } from '../src/rename.js'
import { turns } from './support/deferred.js'
import { call, put, removal } from './support/entries.js'
import { shelled } from './support/shells.js'

const turned = (segment: string): string => [...segment].reverse().join('')
const LAYERS: Readonly<Record<string, AnyLayer>> = {
  slow: around({ name: 'slow', around: async (_, proceed) => proceed() }),
  turned: keys({ name: 'turned', map: turned, unmap: turned }),
  hiding: hide({ name: 'hiding', hidden: () => Promise.resolve(false) }),
}

interface Op {
  readonly verb: 'read' | 'write' | 'remove' | 'clear' | 'scan'
  readonly keys: readonly string[]
  readonly inMs: number
}

type End = { readonly answer: unknown } | { readonly error: unknown }

/** A call that was made, and how it ended. */
interface Made extends Op {
  readonly value: string
  readonly abort: () => void
  end: End | undefined
}

const key = fc.constantFrom('ab', 'ba', 'c')
const op: fc.Arbitrary<Op> = fc.record({
  verb: fc.constantFrom('read', 'write', 'remove', 'clear', 'scan'),
  keys: fc.uniqueArray(key, { minLength: 1 }),
  inMs: fc.constantFrom(5, 20, 1_000),
})
const step = fc.oneof(
  { weight: 5, arbitrary: op.map((made) => ({ make: made })) },
  { weight: 5, arbitrary: fc.nat().map((settle) => ({ settle })) },
  { weight: 1, arbitrary: fc.nat().map((fail) => ({ fail })) },
  { weight: 1, arbitrary: fc.nat().map((abort) => ({ abort })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 30 }).map((advance) => ({ advance })) },
)

async function listed(store: Store<string>, prefix: string, own: ReturnType<typeof call>): Promise<void> {
  for await (const _ of store.scan(prefix, own)) await turns()
}

function run(
  store: Store<string>,
  { verb, keys: names, value }: Made,
  own: ReturnType<typeof call>,
): Awaitable<unknown> {
  switch (verb) {
    case 'read':
      return store.read(names, own)
    case 'clear':
      return store.clear(names[0] ?? '', own)
    case 'scan':
      return listed(store, '', own)
    case 'write':
      return store.write(
        names.map((name) => put(name, value)),
        own,
      )
    case 'remove':
      return store.write(
        names.map((name) => removal(name)),
        own,
      )
  }
}

const failureOf = (end: End | undefined): CacheError | undefined =>
  end !== undefined && 'error' in end && isCacheError(end.error) ? end.error : undefined

/** Whether the reads saw what the calls before them had left, as far as anybody can know. */
function checkReads(made: readonly Made[], isRemote: boolean): void {
  const possible = new Map<string, Set<string | undefined>>()
  // What missed its deadline over a network may land at any later time.
  const adrift = new Map<string, (string | undefined)[]>()
  for (const { verb, keys: names, value, end } of made) {
    const failure = failureOf(end)
    if (verb === 'scan' || (failure !== undefined && failure.outcome === 'none')) continue
    if (verb === 'read') {
      const found = (end !== undefined && 'answer' in end ? end.answer : []) as readonly (Found<string> | undefined)[]
      found.forEach((each, index) => {
        const name = names[index] ?? ''
        const all = [...(possible.get(name) ?? [undefined]), ...(adrift.get(name) ?? [])]
        expect(all).toContain(each?.value)
      })
      continue
    }
    const touched = verb === 'clear' ? ['ab', 'ba', 'c'].filter((name) => name.startsWith(names[0] ?? '')) : names
    const left = verb === 'write' ? value : undefined
    for (const name of touched) {
      const before = failure === undefined ? [] : (possible.get(name) ?? [undefined])
      possible.set(name, new Set([...before, left]))
      if (failure !== undefined && isRemote) adrift.set(name, [...(adrift.get(name) ?? []), left])
    }
  }
}

describe('whatever happens', () => {
  it('every call settles in time with an answer or a typed error, in order, and nothing is left behind', async () => {
    const layers = fc.subarray(Object.values(LAYERS))
    const lives = fc.constantFrom('process', 'server')
    await fc.assert(
      fc.asyncProperty(layers, lives, fc.array(step, { maxLength: 40, size: 'medium' }), async (used, where, steps) => {
        const { base, store, clock } = shelled({ lives: where })
        const stack = compose<string>(base, used)
        store.held = true
        const made: Made[] = []
        for (const each of steps) {
          if ('make' in each) {
            const controller = new AbortController()
            const abort = (): void => controller.abort()
            const one: Made = { ...each.make, value: String(made.length), abort, end: undefined }
            made.push(one)
            const own = call({ now: clock.now(), deadline: clock.now() + one.inMs, signal: controller.signal })
            const answer = run(stack, one, own)
            Promise.resolve(answer).then(
              (given: unknown) => {
                one.end = { answer: given }
              },
              (error: unknown) => {
                one.end = { error }
              },
            )
          }
          const pick = <T>(from: readonly T[], at: number): T | undefined => from[at % Math.max(from.length, 1)]
          if ('settle' in each) {
            const chosen = pick(store.pending, each.settle)
            if (chosen !== undefined) store.pending.splice(store.pending.indexOf(chosen), 1)
            chosen?.settle()
          }
          if ('fail' in each) {
            const chosen = pick(store.pending, each.fail)
            if (chosen !== undefined) store.pending.splice(store.pending.indexOf(chosen), 1)
            chosen?.fail(new Error('broken'))
          }
          if ('abort' in each) pick(made, each.abort)?.abort()
          if ('advance' in each) clock.advance(each.advance)
          await turns()
        }
        // From here on the driver hangs: time alone has to bring every call to its end. A scan has it page by page.
        for (let page = 0; page < 4; page += 1) {
          clock.advance(1_000)
          await turns()
        }
        for (const { end } of made) {
          expect(end).toBeDefined()
          if (end !== undefined && 'error' in end) expect(isCacheError(end.error)).toBe(true)
        }
        expect(clock.pending).toBe(0)
        await store.settleAll()
        expect(base.gate.lanes.idle).toBe(true)
        const rest = stack.close()
        await store.settleAll()
        await rest
        expect(store.closed).toBe(1)
        expect(store.scansOpen).toBe(0)
        checkReads(made, where === 'server')
      }),
      { numRuns: 150 },
    )
  })
})
