import { describe, expect, it } from 'vitest'
import type { Series, Target, Unit } from '../src/harness/group.js'
import { judge } from '../src/harness/verdict.js'

const SPEED: Unit = { name: 'calls/s', better: 'more' }
const TIME: Unit = { name: 'ms', better: 'less' }

function judged(unit: Unit, series: readonly Series[], targets: readonly Target[], baseline = 'peer') {
  const subjects = series.map(({ subject }) => ({ name: subject, options: '' }))
  const group = { name: 'area/work', title: 'work', unit, subjects, baseline, targets }
  return judge(group, { series, excluded: [] })
}

describe('judge', () => {
  const ours = { subject: 'ours', samples: [30, 60, 30] }
  const peer = { subject: 'peer', samples: [10, 20, 10] }
  const faster = { subject: 'faster', samples: [15, 30, 15] }

  it('shows every subject as a multiple of the baseline', () => {
    const { rows } = judged(SPEED, [ours, peer], [])
    expect(rows.map(({ subject, median, ratio }) => [subject, median, ratio])).toEqual([
      ['ours', 30, 3],
      ['peer', 10, 1],
    ])
  })

  it('measures a ratio against the best of those named', () => {
    const target = { subject: 'ours', against: ['peer', 'faster'], atLeast: 1.5 }
    const { verdicts } = judged(SPEED, [ours, peer, faster], [target])
    expect(verdicts).toMatchObject([{ against: 'faster', figure: 2, reached: true }])
  })

  it('takes the smallest for the best where less is better', () => {
    const target = { subject: 'ours', against: ['peer', 'faster'], atMost: 2 }
    const { verdicts } = judged(TIME, [ours, peer, faster], [target])
    expect(verdicts).toMatchObject([{ against: 'peer', figure: 3, reached: false }])
  })

  it('takes the median itself where there is nothing to compare with', () => {
    const at = (atMost: number) => judged(TIME, [ours], [{ subject: 'ours', atMost }], 'ours').verdicts[0]
    expect(at(30)).toMatchObject({ figure: 30, reached: true })
    expect(at(29)).toMatchObject({ figure: 30, reached: false })
  })

  it('reaches nothing where a side is missing', () => {
    const target = { subject: 'ours', against: ['gone'], atLeast: 1 }
    expect(judged(SPEED, [ours], [target]).verdicts).toMatchObject([{ figure: undefined, reached: false }])
    expect(judged(SPEED, [peer], [{ subject: 'ours', atLeast: 1 }]).verdicts[0]?.reached).toBe(false)
    expect(judged(SPEED, [ours], []).rows[0]?.ratio).toBeUndefined()
  })
})
