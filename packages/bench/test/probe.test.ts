import { describe, expect, it } from 'vitest'
import { bundledKb, importMs, probed } from '../src/harness/probe.js'

describe('probes', () => {
  it('time an import in a process of its own', () => {
    expect(importMs('data:text/javascript,export const a = 1')).toBeGreaterThan(0)
    expect(() => importMs('data:text/javascript,throw new Error("broken")')).toThrow('broken')
  })

  it('weigh what a program imports, and only that', async () => {
    const small = await bundledKb("export { LRUCache } from 'lru-cache'")
    expect(small).toBeGreaterThan(1)
    expect(await bundledKb("export { LRUCache } from 'lru-cache'", ['lru-cache'])).toBeLessThan(0.2)
    await expect(bundledKb("export { a } from 'no-such-package'")).rejects.toThrow('no-such-package')
  })

  it('take as many samples as they say', async () => {
    let asked = 0
    const group = probed({
      name: 'test/probe',
      title: '',
      unit: { name: 'kB', better: 'less' },
      subjects: [{ name: 'a', options: 'a', probe: () => (asked += 1) }],
      baseline: 'a',
      targets: [],
      samples: 4,
    })
    const { series } = await group.measure({ rounds: 11, seconds: 1, seed: 1, keys: 1 })
    expect(series).toEqual([{ subject: 'a', samples: [1, 2, 3, 4] }])
  })
})
