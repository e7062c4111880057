import { describe, expect, it } from 'vitest'
import { markdown } from '../src/harness/markdown.js'
import type { GroupResult, Row } from '../src/harness/verdict.js'

const row = (subject: string, median: number, ratio: number | undefined): Row => ({
  subject,
  median,
  ratio,
  spread: 0,
  samples: [median],
})
const speeds: GroupResult = {
  name: 'area/work',
  title: 'some work',
  unit: { name: 'calls/s', better: 'more' },
  baseline: 'peer',
  subjects: [],
  rows: [row('ours', 2_500, 2.512), row('peer', 1_000, 1), row('fast', 12_345, 12.345)],
  verdicts: [
    { subject: 'ours', against: 'peer', atLeast: 1.5, atMost: undefined, figure: 2.512, reached: true },
    { subject: 'ours', against: 'fast', atLeast: 0.6, atMost: undefined, figure: 0.2035, reached: false },
  ],
  excluded: [],
}

describe('markdown', () => {
  it('gives ratios, and no speeds', () => {
    expect(markdown([speeds]).split('\n')).toEqual([
      '| Group | Beside one another | To reach |',
      '|---|---|---|',
      '| `area/work` | peer 1; ours 2.5; fast 12 | ours: 2.5 x peer, reached (at least 1.5); ours: 0.20 x fast, **not reached** (at least 0.6) |',
    ])
  })

  it('gives sizes as they are, and of times only whether they are short enough', () => {
    const verdict = { subject: 'ours', against: undefined, atLeast: undefined, atMost: 6, figure: 5.94, reached: true }
    const sizes: GroupResult = { ...speeds, unit: { name: 'kB', better: 'less' }, verdicts: [verdict] }
    const [, , small] = markdown([{ ...sizes, rows: [row('ours', 5.94, 1)] }]).split('\n')
    expect(small).toBe('| `area/work` | ours 5.9 kB | ours: 5.9 kB, reached (at most 6 kB) |')
    const [, , times] = markdown([{ ...sizes, unit: { name: 'ms', better: 'less' } }]).split('\n')
    expect(times).toBe('| `area/work` | peer 1; ours 2.5; fast 12 | ours, reached (at most 6 ms) |')
  })
})
