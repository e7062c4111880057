import { isCacheError, manualClock, newCall, type Version } from '@cachette/core'
import { describe, expect, it } from 'vitest'
import { type FaultRates, faulty } from '../src/faulty-store.js'
import { settled } from '../src/ready.js'
import { ReferenceStore } from '../src/reference.js'

const NOW = 1_000
const version = (count: number): Version => ({ time: NOW, count, writer: 1 })

function open(rates: FaultRates, seed = 1) {
  const clock = manualClock(NOW)
  const inner = new ReferenceStore({ clock })
  return { clock, inner, store: faulty(inner, { seed, clock, rates }) }
}

const put = (key: string, count = 1) => ({
  key,
  version: version(count),
  entry: {
    createdAt: NOW,
    staleAt: NOW + 10,
    expiresAt: NOW + 10,
    keptUntil: NOW + 10,
    version: version(count),
    kind: 'value' as const,
    tags: [],
    marks: {},
    size: 2,
    value: Uint8Array.of(1, 2),
  },
})

const call = () => newCall(NOW, { deadline: NOW + 100 })

describe('faulty', () => {
  it('does nothing at rates of 0, and while it is not enabled', async () => {
    const calm = open({})
    expect(await calm.store.write([put('a')], call())).toEqual([true])
    const off = open({ error: 1, flip: 1 })
    off.store.enabled = false
    await off.store.write([put('a')], call())
    expect((await off.store.read(['a'], call()))[0]?.value).toEqual(Uint8Array.of(1, 2))
    expect(off.store.injected).toEqual([])
  })

  it('fails without an effect', async () => {
    const { store, inner } = open({ error: 1 })
    await expect(store.write([put('a')], call())).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' })
    expect(inner.read(['a'], call())).toEqual([undefined])
  })

  it('fails after the effect, and says that it does not know', async () => {
    const { store, inner } = open({ lostAnswer: 1 })
    await expect(store.write([put('a')], call())).rejects.toMatchObject({ outcome: 'unknown' })
    expect(inner.read(['a'], call())).toMatchObject([{ kind: 'value' }])
  })

  it('hangs until the deadline', async () => {
    const { store, clock } = open({ hang: 1 })
    const answer = settled(() => store.read(['a'], call()))
    await Promise.resolve()
    clock.advance(100)
    expect(await answer).toMatchObject({ error: { code: 'TIMEOUT' } })
  })

  it('delays on the clock', async () => {
    const { store, clock } = open({ delay: 1 })
    const answer = store.write([put('a')], call())
    await Promise.resolve()
    clock.advance(500)
    expect(await answer).toEqual([true])
  })

  it('applies a part of a batch and says of which keys', async () => {
    const { store, inner } = open({ partial: 1 })
    const failed = await settled(() => store.write([put('a'), put('b'), put('c')], call()))
    const outcomes = 'error' in failed && isCacheError(failed.error) ? (failed.error.outcomes ?? []) : []
    expect(outcomes.map((outcome) => outcome.key)).toEqual(['a', 'b', 'c'])
    const stored = await inner.read(['a', 'b', 'c'], call())
    expect(stored.map((found) => found !== undefined)).toEqual(outcomes.map((outcome) => 'value' in outcome))
  })

  it('flips one bit of what is read', async () => {
    const { store } = open({ flip: 1 })
    await store.write([put('a')], call())
    const [found] = await store.read(['a'], call())
    const bits = [...(found?.value ?? [])].map((byte, index) => byte ^ (index + 1)).filter((byte) => byte !== 0)
    expect(bits).toHaveLength(1)
    expect(Math.log2(bits[0] ?? 0) % 1).toBe(0)
  })

  it('does the same for the same seed, and something else for another', async () => {
    const trace = async (seed: number) => {
      const { store } = open({ error: 0.3, lostAnswer: 0.3 }, seed)
      for (let index = 0; index < 20; index += 1) await settled(() => store.write([put('a', index)], call()))
      return store.injected.map(({ fault }) => fault).join()
    }
    expect(await trace(1)).toBe(await trace(1))
    expect(await trace(1)).not.toBe(await trace(2))
  })

  it('refuses rates that are none, and names it does not know', () => {
    const clock = manualClock()
    const inner = new ReferenceStore({ clock })
    expect(() => faulty(inner, { seed: 1, clock, rates: { error: 2 } })).toThrow('expected a number from 0 to 1')
    const misspelt: object = { eror: 1 }
    expect(() => faulty(inner, { seed: 1, clock, rates: misspelt })).toThrow('did you mean "error"?')
  })
})
