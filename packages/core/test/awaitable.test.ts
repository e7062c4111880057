import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import { all, andThen, inOrder, isPromise, mapped, promised, recover } from '../src/awaitable.js'
import { deferred, turns } from './support/deferred.js'

const broken = new Error('broken')
const fail = (): never => {
  throw broken
}

describe('isPromise', () => {
  it('knows a promise, also of another make, from a value', () => {
    const foreign: unknown = runInNewContext('Promise.resolve()')
    expect([Promise.resolve(), foreign].every((value) => isPromise(value))).toBe(true)
    expect([undefined, null, 1, {}, []].some((value) => isPromise<unknown>(value))).toBe(false)
  })
})

describe('andThen', () => {
  it('goes on at once where the value is ready', () => {
    expect(andThen(1, (value) => value + 1)).toBe(2)
    expect(() => andThen(1, fail)).toThrow(broken)
  })

  it('goes on later where it is not', async () => {
    await expect(andThen(Promise.resolve(1), (value) => value + 1)).resolves.toBe(2)
    await expect(andThen(Promise.resolve(1), fail)).rejects.toBe(broken)
  })
})

describe('recover', () => {
  it('rescues failures that are thrown and failures that are rejections', async () => {
    expect(recover(fail, () => 'saved')).toBe('saved')
    await expect(
      recover(
        () => Promise.reject(broken),
        () => 'saved',
      ),
    ).resolves.toBe('saved')
  })

  it('leaves answers alone, ready or not', async () => {
    const rescue = vi.fn<() => number>()
    expect(recover(() => 1, rescue)).toBe(1)
    await expect(recover(() => Promise.resolve(1), rescue)).resolves.toBe(1)
    expect(rescue).not.toHaveBeenCalled()
  })
})

describe('inOrder', () => {
  it('takes no promise where all steps are ready', () => {
    const seen: [string, number][] = []
    expect(inOrder(['a', 'b'], (item, index) => void seen.push([item, index]))).toBeUndefined()
    expect(seen).toEqual([
      ['a', 0],
      ['b', 1],
    ])
  })

  it('begins each step when the one before is done', async () => {
    const seen: string[] = []
    const first = deferred()
    const done = inOrder(['a', 'b', 'c'], (item) => {
      seen.push(item)
      return item === 'a' ? first.promise : undefined
    })
    expect(seen).toEqual(['a'])
    first.resolve()
    await done
    expect(seen).toEqual(['a', 'b', 'c'])
  })
})

describe('promised', () => {
  it('makes a promise of an answer, and a rejection of a failure that is ready', async () => {
    await expect(promised(() => 1)).resolves.toBe(1)
    await expect(promised(fail)).rejects.toBe(broken)
  })
})

describe('all', () => {
  it('gives ready values as they are', () => {
    const values = [1, 2]
    expect(all(values)).toBe(values)
  })

  it('waits where one is not ready, in order', async () => {
    await expect(all([1, Promise.resolve(2), 3])).resolves.toEqual([1, 2, 3])
  })
})

describe('mapped', () => {
  it('gives what is ready at once, and waits where something is not, in order', async () => {
    expect(mapped(['a', 'b'], (item, index) => item + index)).toEqual(['a0', 'b1'])
    await expect(mapped([1, 2], (item) => (item === 1 ? Promise.resolve(item) : item))).resolves.toEqual([1, 2])
  })

  it('lets what has begun fail unheard where a later one fails at once', async () => {
    const first = deferred()
    expect(() => mapped([0, 1, 2], (item) => (item === 2 ? fail() : item === 1 ? first.promise : undefined))).toThrow(
      broken,
    )
    first.reject(new Error('nobody hears this'))
    await turns()
  })
})
