import { describe, expect, it } from 'vitest'
import type { Face, OpenSubject, Pace, Value, Verb } from '../src/harness/face.js'
import { timed } from '../src/harness/measure.js'

const PLAN = { rounds: 3, seconds: 0.02, seed: 20, keys: 50 }

function subject(
  name: string,
  change: (right: Required<Face>, data: Map<string, Value>) => Partial<Face>,
): OpenSubject {
  return {
    name,
    options: name,
    open() {
      const data = new Map<string, Value>()
      const right: Required<Face> = {
        get: (key) => data.get(key),
        set: (key, value) => void data.set(key, value),
        getOrSet: async (key, load) => data.get(key) ?? (await load()),
        getMany: (keys) => keys.map((key) => data.get(key)),
        close: () => data.clear(),
      }
      return { ...right, ...change(right, data) }
    },
  }
}

const right = subject('right', () => ({}))

function group(verb: Verb, pace: Pace, ...subjects: readonly OpenSubject[]) {
  const time = pace === 'sync' ? 'processor' : 'wall'
  return timed({ name: 'test/timed', title: '', verb, pace, time, subjects, baseline: right.name })
}

describe('the gate', () => {
  const wrongs: Readonly<Record<string, Parameters<typeof subject>[1]>> = {
    'loses a key': (_, data) => ({ get: (key) => (key === 'user:7:profile' ? undefined : data.get(key)) }),
    'mixes keys up': (face) => ({ get: (key) => face.get(key.replace(/\d/, '1')) }),
    'gives what was never put': () => ({ get: () => ({}) }),
    'fails to set': () => ({ set: () => Promise.reject(new Error('full')) }),
    'fails to get': () => ({
      get: () => {
        throw new Error('broken')
      },
    }),
  }

  it.each(Object.entries(wrongs))('keeps out one that %s', async (name, change) => {
    const excluded = await group('get', 'awaited', right, subject(name, change)).check(PLAN)
    expect(excluded.map((one) => one.subject)).toEqual([name])
  })

  it('keeps out promises where answers are to be ready', async () => {
    const late = subject('late', (face) => ({ get: (key) => Promise.resolve(face.get(key)) }))
    expect(await group('get', 'awaited', late).check(PLAN)).toEqual([])
    expect(await group('get', 'sync', late).check(PLAN)).toEqual([{ subject: 'late', reason: 'get gave a promise' }])
  })

  it('keeps out a getOrSet that loads what is there, or does not load what is not', async () => {
    const eager = subject('eager', () => ({ getOrSet: (_, load) => load() }))
    const lazy = subject('lazy', (face) => ({ getOrSet: (key) => face.get(key) }))
    const excluded = await group('getOrSet', 'awaited', right, eager, lazy).check(PLAN)
    expect(excluded.map((one) => one.subject)).toEqual(['eager', 'lazy'])
  })
})

describe('measuring', () => {
  it.each<[Verb, Pace]>([
    ['get', 'sync'],
    ['get', 'awaited'],
    ['get', 16],
    ['set', 'sync'],
    ['set', 'awaited'],
    ['set', 16],
    ['getOrSet', 'awaited'],
  ])('gives a sample for each round: %s, %s', async (verb, pace) => {
    const { series, excluded } = await group(
      verb,
      pace,
      right,
      subject('other', () => ({})),
    ).measure(PLAN)
    expect(excluded).toEqual([])
    expect(series.map((one) => [one.subject, one.samples.length])).toEqual([
      ['right', 3],
      ['other', 3],
    ])
    for (const sample of series.flatMap((one) => one.samples)) expect(sample).toBeGreaterThan(0)
  })

  it('leaves out one that fails while it is measured, and none beside it', async () => {
    const forgetful = subject('forgetful', (face) => {
      let reads = 0
      return {
        get: (key) => {
          reads += 1
          return reads > 500 ? undefined : face.get(key)
        },
      }
    })
    const { series, excluded } = await group('get', 'awaited', forgetful, right).measure(PLAN)
    expect(series.map((one) => one.subject)).toEqual(['right'])
    expect(excluded).toMatchObject([{ subject: 'forgetful' }])
  })

  it('leaves out one that cannot be opened, or fails later', async () => {
    const broken: OpenSubject = { name: 'broken', options: '', open: () => Promise.reject(new Error('not installed')) }
    const tiring = subject('tiring', (face) => {
      let reads = 0
      return { get: (key) => (++reads > 500 ? Promise.reject(new Error('tired')) : face.get(key)) }
    })
    const { series, excluded } = await group('get', 'awaited', broken, tiring, right).measure(PLAN)
    expect(series.map((one) => one.subject)).toEqual(['right'])
    expect(excluded).toEqual([
      { subject: 'broken', reason: 'not installed' },
      { subject: 'tiring', reason: 'failed while it was measured: tired' },
    ])
  })

  it('closes what it opened', async () => {
    let closed = 0
    const counted = subject('counted', () => ({ close: () => (closed += 1) }))
    await group('get', 'sync', right, counted).measure(PLAN)
    await group('get', 'sync', right, counted).check(PLAN)
    expect(closed).toBe(2)
  })
})
