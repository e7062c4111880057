import { isPromise, manualClock, newCall, shell } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReferenceStore } from '../src/reference.js'
import { scheduled, settleWith } from '../src/scheduling.js'

const NOW = 1_000
const clock = manualClock(NOW)

const put = (count: number) => {
  const version = { time: NOW, count, writer: 1 }
  const times = { createdAt: NOW, staleAt: Infinity, expiresAt: Infinity, keptUntil: Infinity }
  const facts = { kind: 'value' as const, tags: [], marks: {}, size: 1, version }
  return { key: 'a', version, entry: { ...times, ...facts, value: Uint8Array.of(count) } }
}

/** Writes one after another without waiting, and gives what is left. */
async function race(scheduler: fc.Scheduler, inShell: boolean): Promise<number | undefined> {
  const bare = scheduled(new ReferenceStore({ clock }), scheduler)
  const store = inShell ? shell(bare, { clock }) : bare
  const writes = [1, 2, 3].map(async (count) => store.write([put(count)], newCall(NOW)))
  await settleWith(scheduler, Promise.all(writes))
  const [found] = await settleWith(scheduler, Promise.resolve(store.read(['a'], newCall(NOW))))
  return found?.value?.[0]
}

describe('scheduled', () => {
  it('lets calls take effect in another order than they were made', async () => {
    const outcome = await fc.check(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => (await race(scheduler, false)) === 3),
      { seed: 1 },
    )
    expect(outcome.failed).toBe(true)
  })

  it('does not, below a shell that keeps them in order', async () => {
    await fc.assert(fc.asyncProperty(fc.scheduler(), async (scheduler) => (await race(scheduler, true)) === 3))
  })

  it('answers nothing at once, and says so', () => {
    const store = scheduled(
      new ReferenceStore({ clock }),
      fc.sample(fc.scheduler(), { numRuns: 1, seed: 1 })[0] as fc.Scheduler,
    )
    expect(store.traits.sync).toBe('none')
    expect(isPromise(store.read(['a'], newCall(NOW)))).toBe(true)
  })

  it('passes scans on, and leaves them early', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const inner = new ReferenceStore({ clock })
        await inner.write([put(1)], newCall(NOW))
        const pages = scheduled(inner, scheduler).scan('', newCall(NOW))[Symbol.asyncIterator]()
        const first = await settleWith(scheduler, pages.next())
        await pages.return?.()
        return first.done !== true && first.value.length === 1
      }),
      { numRuns: 10 },
    )
  })
})
