import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { isCacheError, manualClock, newCall, versions } from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { fileError } from '../src/errors.js'
import { Layout, nameOf } from '../src/layout.js'
import { entryOf, stranger, temporary } from './support.js'

const clock = manualClock()
const made = versions(clock, 1)
const call = () => newCall(clock.now())
const put = (key: string, text = key) => ({ key, ...entryOf(text, made.next(), clock.now()) })

describe('a failure', () => {
  test.each([
    ['ENOSPC', true, 'FULL', 'none'],
    ['EROFS', true, 'READ_ONLY', 'none'],
    ['EACCES', true, 'READ_ONLY', 'none'],
    ['EACCES', false, 'BACKEND', 'none'],
    ['EMFILE', false, 'UNAVAILABLE', 'none'],
    ['ENOENT', true, 'UNAVAILABLE', 'none'],
    ['EIO', true, 'BACKEND', 'unknown'],
    ['EWHATEVER', true, 'BACKEND', 'unknown'],
    ['EWHATEVER', false, 'BACKEND', 'none'],
  ])('%s (writing: %s) is %s, its outcome %s', (code, writing, expected, outcome) => {
    const cause = Object.assign(new Error(code), { code })
    const error = fileError(cause, { operation: 'write', source: 'files', writing })
    expect(error).toMatchObject({ code: expected, outcome, cause, source: 'files', operation: 'write' })
  })

  test('of a part of a batch says what became of each key', async () => {
    const path = temporary()
    const store = stranger({ path, clock })
    await store.write([put('a'), put('c')], call())
    // Where the entry of b should be, there is a folder with something in it.
    mkdirSync(`${new Layout(path).entry(nameOf('b'))}/full`, { recursive: true })
    const batch = [put('a', 'new'), put('b'), { key: 'c', entry: undefined, version: made.next() }]
    const error: unknown = await store.write(batch, call()).catch((failure: unknown) => failure)
    expect(isCacheError(error) && error.message).toContain('1 of 3 changes failed')
    expect(error).toMatchObject({
      code: 'BACKEND',
      outcome: 'unknown',
      outcomes: [
        { key: 'a', value: true },
        { key: 'b', error: { code: 'BACKEND' } },
        { key: 'c', value: true },
      ],
    })
    const [a, c] = await store.read(['a', 'c'], call())
    expect([new TextDecoder().decode(a?.value), c]).toEqual(['new', undefined])
    await expect(store.write([put('b')], call())).rejects.toMatchObject({ code: 'BACKEND', outcomes: undefined })
    await expect(store.read(['b'], call())).rejects.toMatchObject({ code: 'BACKEND' })
    await store.close()
  })

  test('a batch of which nothing can be stored says that nothing was', async () => {
    const path = temporary()
    const store = stranger({ path, clock })
    await store.read(['a'], call())
    rmSync(path, { recursive: true })
    await expect(store.write([put('a'), put('b')], call())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'none',
    })
    await store.close()
  })

  test('an entry that is too long for memory is to be read as a stream', async () => {
    const path = temporary()
    const store = stranger({ path, clock })
    await store.write([put('a')], call())
    truncateSync(new Layout(path).entry(nameOf('a')), 3 * 2 ** 30)
    await expect(store.read(['a'], call())).rejects.toMatchObject({ code: 'TOO_LARGE' })
    const [header] = await store.read(['a'], newCall(clock.now(), { want: 'header' }))
    expect(header?.kind).toBe('damaged')
    await store.close()
  })

  test('a file that is another key’s is a miss, and no key of a scan', async () => {
    const path = temporary()
    const store = stranger({ path, clock })
    await store.write([put('a')], call())
    const layout = new Layout(path)
    const other = layout.entry(nameOf('b'))
    mkdirSync(dirname(other), { recursive: true })
    writeFileSync(other, readFileSync(layout.entry(nameOf('a'))))
    expect(await store.read(['b'], call())).toEqual([undefined])
    const keys: string[] = []
    for await (const page of store.scan('', call())) keys.push(...page.map(([key]) => key))
    expect(keys).toEqual(['a'])
    await store.close()
  })
})

describe('damage', () => {
  test.each([
    ['short', 10],
    ['longer than what is read at first', 100_000],
    ['longer than what is judged whole', 1_500_000],
  ])('of a %s value is replaced and removed only as it was read', async (_, size) => {
    const path = temporary()
    const store = stranger({ path, clock })
    await store.write([put('a', 'x'.repeat(size))], call())
    const file = new Layout(path).entry(nameOf('a'))
    const bytes = readFileSync(file)
    const last = bytes.length - 1
    bytes[last] = (bytes[last] ?? 0) ^ 1
    writeFileSync(file, bytes)
    const [found] = await store.read(['a'], call())
    expect(found?.kind).toBe('damaged')
    const removal = (version = found?.version) => ({
      key: 'a',
      entry: undefined,
      version: made.next(),
      when: version && { version },
    })
    expect(await store.write([removal({ time: 0, count: 0, writer: 1 })], call())).toEqual([false])
    expect(await store.write([removal()], call())).toEqual([false])
    expect(await store.read(['a'], call())).toEqual([undefined])
    await store.close()
  })
})
