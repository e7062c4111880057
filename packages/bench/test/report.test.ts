import { describe, expect, it } from 'vitest'
import { colours, wantsColour } from '../src/harness/colours.js'
import { report } from '../src/harness/report.js'
import type { GroupResult } from '../src/harness/verdict.js'

const result: GroupResult = {
  name: 'area/work',
  title: 'some work',
  unit: { name: 'calls/s', better: 'more' },
  time: 'processor',
  baseline: 'peer',
  subjects: [
    { name: 'ours', options: 'createCache()' },
    { name: 'peer', options: 'new Peer()', package: 'peer' },
  ],
  rows: [
    { subject: 'ours', median: 3_210_000, spread: 0.034, ratio: 2.5, samples: [3_210_000] },
    { subject: 'peer', median: 1_284_000, spread: 0.12, ratio: 1, samples: [1_284_000] },
  ],
  verdicts: [
    { subject: 'ours', against: 'peer', atLeast: 1.5, atMost: undefined, figure: 2.5, reached: true },
    { subject: 'ours', against: 'peer', atLeast: 3, atMost: undefined, figure: 2.5, reached: false },
    { subject: 'gone', against: undefined, atLeast: 5, atMost: undefined, figure: undefined, reached: false },
  ],
  excluded: [{ subject: 'gone', reason: 'it lost a key' }],
}
const version = ({ package: name }: { readonly package?: string | undefined }) =>
  name === undefined ? undefined : '1.2.3'

describe('report', () => {
  it('is a table, what was excluded, the verdicts, and how each was set up', () => {
    expect(report(result, { colours: colours(false), version }).split('\n')).toEqual([
      'area/work  some work, by processor time',
      '        calls/s  spread  ns each  x peer',
      '  ours   3.21 M     3 %      312    2.50',
      '  peer   1.28 M    12 %      779    1.00',
      '  excluded: gone: it lost a key',
      '  + ours: 2.50 x peer, to reach at least 1.50 x',
      '  - ours: 2.50 x peer, to reach at least 3.00 x',
      '  - gone: not measured, to reach at least 5.00 calls/s',
      '  set up as',
      '    ours               createCache()',
      '    peer (peer 1.2.3)  new Peer()',
      '',
    ])
  })

  it('shows green what is reached, red what is not, and bold the best', () => {
    const lines = report(result, { colours: colours(true), version }).split('\n')
    expect(lines.find((line) => line.includes('3.21 M'))).toContain('\u001b[1m')
    expect(lines.find((line) => line.includes('+ ours'))).toContain('\u001b[32m')
    expect(lines.filter((line) => line.includes('\u001b[31m'))).toHaveLength(3)
  })

  it('gives units other than speeds as they are', () => {
    const small = { ...result, unit: { name: 'ms', better: 'less' }, verdicts: [], rows: [] } as const
    const row = { subject: 'ours', spread: 0, ratio: 1, samples: [] }
    const rows = [0.0456, 4.56, 45.6, 4_560].map((median) => ({ ...row, median }))
    const text = report({ ...small, rows }, { colours: colours(false), version })
    for (const shown of ['0.0456', '4.56', '45.6', '4560']) expect(text).toContain(`  ${shown}  `)
    expect(text).not.toContain('ns each')
  })
})

describe('wantsColour', () => {
  it('is for terminals, unless NO_COLOR says otherwise', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true)
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true)
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
    expect(wantsColour({}, {})).toBe(false)
  })
})
