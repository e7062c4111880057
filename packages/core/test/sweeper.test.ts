import { expect, expectTypeOf, test } from 'vitest'
import { type Slice, Sweeper, type SweepReport } from '../src/adapter.js'
import { type ManualClock, manualClock } from '../src/clock.js'
import { CacheError } from '../src/errors.js'

interface Setting {
  readonly slices?: readonly Slice<number>[]
  readonly sweepMs?: number
  readonly clock?: ManualClock
}

/** A sweep of three slices of ten, unless others are given. */
function sweeping({ slices = ten(3), sweepMs = 1000, clock = manualClock() }: Setting = {}) {
  const cursors: (number | undefined)[] = []
  const times: number[] = []
  const reports: SweepReport[] = []
  const sweeper = new Sweeper<number>({
    source: 'test',
    clock,
    sweepMs,
    onSweep: (report) => reports.push(report),
    slice(from, now) {
      cursors.push(from)
      times.push(now)
      return slices[from ?? 0] ?? Promise.reject(new Error('there is no such slice'))
    },
  })
  return { sweeper, cursors, times, reports, clock }
}

function ten(count: number): readonly Slice<number>[] {
  return Array.from({ length: count }, (_, index) => ({
    examined: 10,
    reclaimed: 2,
    bytes: 100,
    next: index + 1 < count ? index + 1 : undefined,
  }))
}

test('a sweep goes through all slices and tells how far it is', async () => {
  const { sweeper, cursors, reports } = sweeping()
  const progress: number[] = []
  const report = await sweeper.sweep({ onProgress: ({ examined }) => progress.push(examined) })
  expect(report).toEqual({ examined: 30, reclaimed: 6, bytes: 300, elapsedMs: 0 })
  expect([cursors, progress, reports]).toEqual([[undefined, 1, 2], [10, 20, 30], [report]])
})

test('the background begins some time after a write, and again after each sweep', async () => {
  const { sweeper, reports, clock } = sweeping()
  expect(clock.pending).toBe(0)
  sweeper.saw(clock.now())
  clock.advance(999)
  expect(clock.pending).toBe(1)
  clock.advance(1)
  await sweeper.sweep()
  expect([reports.length, clock.pending]).toEqual([1, 1])
})

test('with an endless pause it runs only when asked', async () => {
  const { sweeper, reports, clock } = sweeping({ sweepMs: Infinity })
  sweeper.saw(clock.now())
  expect(clock.pending).toBe(0)
  await sweeper.sweep()
  expect(reports).toHaveLength(1)
})

test('only what has ended by both clocks is reclaimed', async () => {
  const { sweeper, times, clock } = sweeping({ slices: ten(1) })
  sweeper.saw(clock.now() - 3_600_000)
  await sweeper.sweep()
  const ahead = sweeping({ slices: ten(1) })
  ahead.sweeper.saw(ahead.clock.now() + 3_600_000)
  await ahead.sweeper.sweep()
  expect([times, ahead.times]).toEqual([[clock.now() - 3_600_000], [ahead.clock.now()]])
})

test('a failure ends the sweep, is told, and the next one begins anew', async () => {
  const [first] = ten(1)
  const { sweeper, reports, cursors } = sweeping({ slices: [{ ...first, next: 7 } as Slice<number>] })
  await expect(sweeper.sweep()).rejects.toThrow(CacheError)
  await expect(sweeper.sweep()).rejects.toThrow('BACKEND: there is no such slice')
  expect(cursors).toEqual([undefined, 7, undefined, 7])
  expect(reports[0]).toMatchObject({ examined: 10, failure: { code: 'BACKEND', operation: 'sweep', source: 'test' } })
})

test('a signal ends it between two slices', async () => {
  const { sweeper, cursors } = sweeping()
  const controller = new AbortController()
  const sweep = sweeper.sweep({ signal: controller.signal, onProgress: () => controller.abort() })
  await expect(sweep).rejects.toMatchObject({ code: 'ABORTED' })
  expect(cursors).toEqual([undefined])
})

test('closing waits for the slice under way, and ends the background', async () => {
  const { sweeper, cursors, clock } = sweeping()
  const sweep = sweeper.sweep()
  await sweeper.close()
  expect(cursors).toEqual([undefined])
  expect((await sweep).examined).toBe(10)
  expect(clock.pending).toBe(0)
  sweeper.saw(clock.now())
  expect(clock.pending).toBe(0)
  await expect(sweeper.sweep()).rejects.toMatchObject({ code: 'CLOSED' })
})

test('a listener that throws disturbs nobody', async () => {
  const sweeper = new Sweeper<number>({
    source: 'test',
    clock: manualClock(),
    sweepMs: Infinity,
    onSweep: () => {
      throw new Error('not now')
    },
    slice: () => ({ examined: 0, reclaimed: 0, bytes: 0, next: undefined }),
  })
  expect((await sweeper.sweep()).examined).toBe(0)
  expectTypeOf(sweeper.sweep).returns.resolves.toEqualTypeOf<SweepReport>()
})

test('mistaken options are refused before anything is looked at', async () => {
  const { sweeper, cursors } = sweeping()
  const mistakes: readonly object[] = [{ onprogress: () => undefined }, { signal: 5 }, { onProgress: 5 }]
  for (const options of mistakes) await expect(sweeper.sweep(options)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  expect(cursors).toEqual([])
})
