import { type Call, type Change, manualClock } from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { lawOfAftermath, lawOfAnswer, lawOfDifference } from '../src/diagnosis.js'
import { callsOn } from '../src/makers.js'
import { Model } from '../src/model.js'
import { mapStore } from './support/map-store.js'

const clock = manualClock()
const store = mapStore()
const { t, put, remove } = callsOn({ name: 'map', open: () => store }, store, clock)

describe('the model', () => {
  const kept = put('a', { expiresAt: t + 10, keptUntil: t + 20 })
  const at = (now: number, show?: Call['show']): Pick<Call, 'now' | 'show'> => ({ now, show })

  test('shows what a call may see', () => {
    const model = new Model()
    model.apply(kept, true, t)
    expect([t, t + 9, t + 10].map((now) => model.shown('a', at(now)) === kept.entry)).toEqual([true, true, false])
    expect([t + 10, t + 19, t + 20].map((now) => model.shown('a', at(now, 'kept')) === kept.entry)).toEqual([
      true,
      true,
      false,
    ])
    model.apply(put('a', { kind: 'lease' }), true, t)
    expect(model.shown('a', at(t, 'kept'))).toBeUndefined()
    expect(model.shown('a', at(t, 'all'))?.kind).toBe('lease')
    model.clear('b')
    expect(model.stored('a', t)).toBeDefined()
    model.clear('')
    expect(model.stored('a', t)).toBeUndefined()
  })

  test('leaves open whether what is past its keptUntil has been reclaimed, and follows the store', () => {
    const when = { version: kept.version }
    const [again, gone] = [put('a', { when }), remove('a', { when })]
    const model = new Model()
    model.apply(kept, true, t)
    expect(model.expects(again, t + 19)).toBe(true)
    expect(model.expects(again, t + 20)).toBe('either')
    expect(model.expects(gone, t + 20)).toBe(false)
    model.apply(again, false, t + 20)
    expect(model.shown('a', at(t + 20))).toBeUndefined()
    model.apply(again, true, t + 20)
    expect(model.shown('a', at(t + 20))).toBe(again.entry)
  })
})

describe('what went wrong is told by its law', () => {
  test('answers', () => {
    const laws = [
      put('a'),
      put('a', { when: 'absent' }),
      put('a', { when: 'vacant' }),
      put('a', { when: { version: put('a').version } }),
    ]
    expect(laws.map((change) => lawOfAnswer(change, true))).toEqual(['C4', 'C1', 'C2', 'C3'])
    expect([true, false].map((holds) => lawOfAnswer(remove('a'), holds))).toEqual(['C6', 'C4'])
  })

  test('what a write left behind', () => {
    const [own, other] = [put('a'), put('b')]
    const lawOf = (change: Change<unknown> | undefined, left: 'own' | 'other' | 'nothing', isApplied = true) => {
      const found = { own: own.entry, other: other.entry, nothing: undefined }[left]
      const expected = change?.entry ?? own.entry
      const history = [own, other, ...(change === undefined ? [] : [change])]
      return lawOfAftermath({ expected, found, change, isApplied, now: t, history })
    }
    expect(lawOf(own, 'other')).toBe('K2')
    expect(lawOf(undefined, 'nothing')).toBe('P1')
    expect(lawOf(undefined, 'own')).toBe('K2')
    expect(lawOf(own, 'nothing', false)).toBe('C4')
    expect(lawOf(own, 'nothing')).toBe('O2')
    expect(lawOf(remove('a'), 'own')).toBe('O2')
    expect(lawOf(put('a', { kind: 'lease' }), 'nothing')).toBe('V1')
    expect(lawOf(put('a', { value: new Uint8Array() }), 'nothing')).toBe('V2')
    expect(lawOf(put('a', { value: 0 }), 'nothing')).toBe('V2')
    expect(lawOf(put('a', { expiresAt: Infinity }), 'nothing')).toBe('T1')
    const { entry: expired } = put('a', { expiresAt: t - 1, keptUntil: t + 1 })
    const aftermath = { found: undefined, change: undefined, isApplied: true, now: t, history: [] }
    expect(lawOfAftermath({ ...aftermath, expected: expired })).toBe('T5')
    const removal = { ...aftermath, found: own.entry, change: remove('a'), history: [own] }
    expect(lawOfAftermath({ ...removal, expected: undefined })).toBe('C6')
  })

  test('a field that came back other than it was written', () => {
    const [first, second] = [put('a', { expiresAt: t + 1 }).entry, put('a', { expiresAt: t + 2 }).entry]
    if (first === undefined || second === undefined) throw new Error('a put has an entry')
    expect(lawOfDifference('expiresAt', second, first)).toBe('T2')
    expect(lawOfDifference('expiresAt', second, undefined)).toBe('V1')
    expect(lawOfDifference('value', second, first)).toBe('V1')
  })
})
