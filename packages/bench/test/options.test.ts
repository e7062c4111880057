import { describe, expect, it } from 'vitest'
import type { Group } from '../src/harness/group.js'
import { DEFAULTS, parse } from '../src/options.js'

const group = (name: string): Group => ({
  name,
  title: name,
  unit: { name: 'ms', better: 'less' },
  subjects: [],
  baseline: '',
  targets: [],
  check: () => Promise.resolve([]),
  measure: () => Promise.resolve({ series: [], excluded: [] }),
})
const groups = ['memory/get', 'memory/set', 'memory-other/get', 'layers/sync'].map(group)
const named = (args: readonly string[]) => parse(args, groups).groups.map(({ name }) => name)

describe('options', () => {
  it('are all groups and the defaults where nothing is said', () => {
    expect(parse([], groups)).toEqual({ groups, plan: DEFAULTS, shape: 'table', strict: false, help: false })
  })

  it('name groups and areas, shown once each, in the order of the list', () => {
    expect(named(['layers/sync', 'memory', 'memory/set'])).toEqual(['memory/get', 'memory/set', 'layers/sync'])
  })

  it('leave out what is measured only by name, unless it is named or the costs are asked for', () => {
    const all = [...groups, { ...group('cost/stats'), onDemand: true }]
    const chosen = (...args: string[]) => parse(args, all).groups.map(({ name }) => name)
    expect(chosen()).toEqual(groups.map(({ name }) => name))
    expect(chosen('cost')).toEqual(['cost/stats'])
    expect(chosen('--costs')).toEqual(['cost/stats'])
    expect(chosen('--costs', 'memory/get')).toEqual(['memory/get'])
    expect(parse(['--costs'], all).shape).toBe('costs')
  })

  it('say how much is measured', () => {
    const args = ['--rounds', '3', '--seconds=0.5', '--seed', '9', '--keys', '50', '--json', '--strict']
    const { plan, shape, strict } = parse(args, groups)
    expect({ plan, shape, strict }).toEqual({
      plan: { rounds: 3, seconds: 0.5, seed: 9, keys: 50 },
      shape: 'json',
      strict: true,
    })
  })

  it.each([
    [['memry'], 'expected the name of a group or area, got "memry"; there are memory/get, '],
    [['--rounds', '0'], '--rounds: expected a positive whole number, got "0"'],
    [['--rounds', '1.5'], '--rounds: expected a positive whole number, got "1.5"'],
    [['--seconds', 'ten'], '--seconds: expected a positive number, got "ten"'],
    [['--json', '--markdown'], 'expected --json or --markdown, got both'],
    [['--markdown', '--costs'], 'expected --markdown or --costs, got both'],
    [['--secs', '3'], "Unknown option '--secs'"],
  ])('refuse %j', (args, message) => {
    expect(() => parse(args, groups)).toThrow(message)
  })
})
