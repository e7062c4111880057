import { memory } from '@cachette/adapter-memory'
import { createCache } from '@cachette/core'
import { type Hook, hooks } from '@cachette/middleware/hooks'
import { describe, expect, test } from 'vitest'

function open(...all: readonly Hook[]) {
  const layer = hooks(...all)
  return { cache: createCache<string>({ store: memory({ copies: true }), use: [layer] }), layer }
}

const pairs = ['a', 'b', 'c', 'd'].map((key) => [key, key.toUpperCase()] as const)

describe('Hooks', () => {
  test('hear of clears and deletes, and of nothing that is neither', async () => {
    const heard: string[] = []
    const { cache } = open({
      before: ({ by, targets }) => void heard.push(`before ${by} ${targets.join()}`),
      after: ({ by, targets }) => void heard.push(`after ${by} ${targets.join()}`),
    })
    await cache.setMany(pairs)
    await cache.take('a')
    await cache.deleteMany(['b', 'x', 'b'])
    await cache.namespace('inner').clear()
    expect(heard).toEqual(['before delete b,x', 'after delete b,x', 'before clear inner␟', 'after clear inner␟'])
  })

  test('widen and narrow a delete, each caller told of its own keys', async () => {
    const { cache } = open({ before: ({ targets }) => [...targets.filter((key) => key !== 'c'), 'd'] })
    await cache.setMany(pairs)
    expect(await cache.deleteMany(['b', 'c', 'x'])).toEqual([true, false, false])
    expect(await cache.getMany(['a', 'b', 'c', 'd'])).toEqual(['A', undefined, 'C', undefined])
  })

  test('are asked one after another, each about what the one before it gave', async () => {
    const { cache, layer } = open({ before: () => Promise.resolve(['a']) })
    const remove = layer.add({ before: ({ targets }) => [...targets, 'b'] })
    await cache.setMany(pairs)
    await cache.delete('d')
    expect(await cache.getMany(['a', 'b', 'd'])).toEqual([undefined, undefined, 'D'])
    remove()
    await cache.setMany(pairs)
    await cache.delete('d')
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, 'B'])
  })

  test('veto, so that nothing happens', async () => {
    const after: unknown[] = []
    const { cache } = open({
      before: ({ by }) => (by === 'clear' ? false : undefined),
      after: (told) => after.push(told),
    })
    await cache.setMany(pairs)
    await expect(cache.clear()).rejects.toMatchObject({ code: 'REJECTED', retry: 'no', outcome: 'none' })
    expect(await cache.get('a')).toBe('A')
    expect(after).toEqual([])
  })

  test('stand round strategies of your own, and are told how they end', async () => {
    const heard: unknown[] = []
    const { layer } = open({
      before: ({ targets }) => targets.map((owner) => owner.toLowerCase()),
      after: ({ by, targets }, error) => heard.push([by, targets, error?.message]),
    })
    const done = await layer.run({ by: 'owner', targets: ['ADA'] }, (owners) => owners.join())
    expect(done).toBe('ada')
    const failing = (): never => {
      throw new Error('no such owner')
    }
    expect(() => layer.run({ by: 'owner', targets: ['Bob'] }, failing)).toThrow('no such owner')
    expect(heard).toEqual([
      ['owner', ['ada'], undefined],
      ['owner', ['bob'], 'BACKEND: no such owner'],
    ])
  })

  test('that fail before fail the invalidation; that fail after disturb nobody', async () => {
    const { cache } = open({
      before: ({ targets }) => {
        if (targets.includes('a')) throw new Error('not now')
        return undefined
      },
    })
    await cache.setMany(pairs)
    await expect(cache.delete('a')).rejects.toThrow('not now')
    expect(await cache.delete('b')).toBe(true)
    // @ts-expect-error: a hook gives strings
    await expect(open({ before: () => [1] }).cache.delete('a')).rejects.toThrow('list of strings')
    // @ts-expect-error: there is no such hook
    expect(() => hooks({ befor: () => undefined })).toThrow('did you mean "before"')
  })
})
