import { describe, expect, it } from 'vitest'
import { groups } from '../src/groups/index.js'

const PLAN = { rounds: 1, seconds: 0.05, seed: 20, keys: 100 }

describe.each(groups.map((group) => [group.name, group] as const))('%s', (_, group) => {
  const names = group.subjects.map((subject) => subject.name)

  it('names only subjects that it has, and each once', () => {
    const named = [group.baseline, ...group.targets.flatMap(({ subject, against = [] }) => [subject, ...against])]
    expect(names).toEqual(expect.arrayContaining(named))
    expect(new Set(names).size).toBe(names.length)
  })

  it('says how every subject is set up', () => {
    for (const subject of group.subjects) expect(subject.options, subject.name).not.toBe('')
  })

  it('has only subjects that pass the gate', async () => {
    expect(await group.check(PLAN)).toEqual([])
  })
})

// The others are measured in processes of their own, from what is built.
const timed = groups.filter((group) => group.unit.name === 'calls/s')

it.each(timed.map((group) => [group.name, group] as const))('%s can be measured', async (_, group) => {
  const { series, excluded } = await group.measure(PLAN)
  expect(excluded).toEqual([])
  expect(series.map(({ subject }) => subject)).toEqual(group.subjects.map(({ name }) => name))
  for (const { subject, samples } of series) expect(samples[0], subject).toBeGreaterThan(0)
})
