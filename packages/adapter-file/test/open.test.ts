import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type CacheError, manualClock, newCall, versions } from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { files } from '../src/index.js'
import { Layout, MARK, nameOf } from '../src/layout.js'
import { OWNER } from '../src/owner.js'
import { entryOf, stranger, temporary } from './support.js'

const clock = manualClock()
const made = versions(clock, 1)
const call = () => newCall(clock.now())
const put = (key: string, text = key) => ({ key, ...entryOf(text, made.next(), clock.now()) })
const fresh = (): string => mkdtempSync(join(temporary(), 'store-'))

describe('the folder', () => {
  test('is made, with all that leads to it, by the first call', async () => {
    const path = join(fresh(), 'a', 'b')
    const store = files({ path })
    expect(existsSync(path)).toBe(false)
    expect(await store.read(['a'], call())).toEqual([undefined])
    expect(readdirSync(path)).toEqual([MARK])
    await store.close()
  })

  test('is opened once by any number of calls and stores at the same time', async () => {
    const path = fresh()
    const stores = Array.from({ length: 4 }, () => stranger({ path, clock }))
    await Promise.all(
      stores.flatMap((store, index) => [0, 1].map((part) => store.write([put(`${index}.${part}`)], call()))),
    )
    const [first] = stores
    const keys: string[] = []
    for await (const page of first?.scan('', call()) ?? []) keys.push(...page.map(([key]) => key))
    expect(keys).toHaveLength(8)
    await Promise.all(stores.map((store) => store.close()))
  })

  test('of someone else is refused, and nothing in it is touched', async () => {
    const path = fresh()
    writeFileSync(join(path, 'thesis.txt'), 'three years of work')
    const store = files({ path })
    const refused = {
      code: 'INVALID_OPTION',
      source: 'files',
      operation: 'open',
      message: expect.stringContaining('one that holds something else'),
    }
    await expect(store.read(['a'], call())).rejects.toMatchObject(refused)
    await expect(store.write([put('a')], call())).rejects.toMatchObject(refused)
    await expect(store.clear('', call())).rejects.toMatchObject(refused)
    await expect(store.sweep()).rejects.toMatchObject(refused)
    await store.close()
    expect(readdirSync(path)).toEqual(['thesis.txt'])
    expect(readFileSync(join(path, 'thesis.txt'), 'utf8')).toBe('three years of work')
  })

  test('of a later layout is refused', async () => {
    const path = fresh()
    mkdirSync(join(path, 'cachette-files-2'))
    const store = files({ path })
    await expect(store.read(['a'], call())).rejects.toThrow('a store of another layout, cachette-files-2')
    await store.close()
    expect(readdirSync(path)).toEqual(['cachette-files-2'])
  })

  test('that is a file, or below one, is refused', async () => {
    const file = join(fresh(), 'file')
    writeFileSync(file, 'as it was')
    for (const path of [file, join(file, 'below')]) {
      const store = files({ path })
      await expect(store.read(['a'], call())).rejects.toMatchObject({ code: 'INVALID_OPTION' })
      await store.close()
    }
    expect(readFileSync(file, 'utf8')).toBe('as it was')
  })

  test('that could not be opened is tried again by the next call', async () => {
    const path = join(fresh(), 'store')
    writeFileSync(path, 'in the way')
    const store = files({ path })
    await expect(store.read(['a'], call())).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    renameSync(path, `${path}-away`)
    expect(await store.write([put('a')], call())).toEqual([true])
    await store.close()
  })

  test('that goes away is no miss, and is not made anew; when it is back, so is what was in it', async () => {
    const path = fresh()
    const store = stranger({ path, clock })
    await store.write([put('a')], call())
    renameSync(path, `${path}-away`)
    const verbs: (() => unknown)[] = [
      () => store.read(['a', 'b'], call()),
      () => store.write([put('a')], call()),
      () => store.write([{ key: 'b', entry: undefined, version: made.next() }], call()),
      () => store.write([{ ...put('b'), when: 'present' }], call()),
      () => store.clear('a'),
      () => store.streams.read('b', call()),
      () => store.scan('', call()).next(),
      () => store.sweep(),
    ]
    for (const verb of verbs) await expect(verb()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(existsSync(path)).toBe(false)
    renameSync(`${path}-away`, path)
    expect((await store.read(['a'], call()))[0]?.kind).toBe('value')
    await store.close()
  })

  test('keeps one order for all stores on it, whatever the path is called', async () => {
    const path = fresh()
    const link = join(fresh(), 'link')
    symlinkSync(path, link)
    const stores = [files({ path, clock }), files({ path: link, clock })]
    await Promise.all(stores.map(async (store) => store.read(['a'], call())))
    for (let round = 0; round < 20; round += 1) {
      const writes = stores.map(async (store, index) => store.write([put('a', `${round}.${index}`)], call()))
      await Promise.all(writes)
      const [found] = (await stores[0]?.read(['a'], call())) ?? []
      expect(new TextDecoder().decode(found?.value)).toBe(`${round}.1`)
    }
    await Promise.all(stores.map(async (store) => store.close()))
  })
})

describe('what others left behind', () => {
  const dead = `${OWNER.split('-')[0]}-${2 ** 22 + 1}-00000000-00000000`
  const elsewhere = 'ffffffff-1-00000000-00000000'
  const name = nameOf('a')

  test('is cleared away at opening where they are dead, and left where nobody can tell', async () => {
    const path = fresh()
    await stranger({ path, clock }).write([put('a')], call())
    const { claims } = new Layout(path)
    const names = [dead, elsewhere, OWNER].flatMap((owner) => [`${name}.put.${owner}.1`, `.stage.${owner}.2`])
    for (const file of names) writeFileSync(join(claims, file), 'half')
    for (const owner of [dead, elsewhere]) {
      mkdirSync(join(claims, `${name}.judged-cut.${owner}.3`))
      mkdirSync(join(claims, `.cut.${owner}.4`, 'taken', 'aa', 'bb'), { recursive: true })
      writeFileSync(join(claims, `.cut.${owner}.4`, 'taken', 'aa', 'bb', 'c'), 'was removed')
    }
    writeFileSync(join(claims, 'notes'), 'of a person')
    const store = stranger({ path, clock })
    expect((await store.read(['a'], call()))[0]?.kind).toBe('value')
    const left = readdirSync(claims).filter((file) => !file.startsWith('.spare.'))
    expect(left.filter((file) => file.includes(dead))).toEqual([])
    expect(left).toHaveLength(7)
    await store.sweep()
    expect(readdirSync(new Layout(path).trash)).toEqual([])
    await store.close()
  })

  test('holds nobody up: neither a put, nor a condition, nor a removal', async () => {
    const path = fresh()
    const store = stranger({ path, clock })
    await store.write([put('a')], call())
    const { claims } = new Layout(path)
    const leave = (): void => {
      writeFileSync(join(claims, `${name}.judged-put.${elsewhere}.1`), 'half')
      writeFileSync(join(claims, `${name}.put.${elsewhere}.1`), 'half')
      mkdirSync(join(claims, `${name}.judged-cut.${elsewhere}.1`), { recursive: true })
      mkdirSync(join(claims, `.cut.${elsewhere}.1`, 'taken'), { recursive: true })
    }
    for (const change of [
      put('a'),
      { ...put('a'), when: 'present' as const },
      { key: 'a', entry: undefined, version: made.next(), when: 'present' as const },
      { ...put('a'), when: 'absent' as const },
      { key: 'a', entry: undefined, version: made.next() },
    ]) {
      leave()
      expect(await store.write([change], call())).toEqual([true])
    }
    leave()
    await store.clear('')
    expect(await store.read(['a'], call())).toEqual([undefined])
    await store.close()
  })

  test('in the middle of a clear is gone: the entries were', async () => {
    const path = fresh()
    const first = stranger({ path, clock })
    await first.write([put('a'), put('b')], call())
    await first.close()
    const { entries, claims, trash } = new Layout(path)
    mkdirSync(join(claims, `.cut.${dead}.1`))
    renameSync(entries, join(claims, `.cut.${dead}.1`, 'taken'))
    const store = stranger({ path, clock })
    expect(await store.read(['a', 'b'], call())).toEqual([undefined, undefined])
    expect(await store.write([put('a')], call())).toEqual([true])
    await store.sweep()
    await store.close()
    expect(readdirSync(claims)).toEqual([])
    expect(readdirSync(trash)).toEqual([])
  })
})

test('options are checked at construction', () => {
  const codeOf = (options: object): unknown => {
    try {
      files(options as { path: string })
      return undefined
    } catch (error) {
      return (error as CacheError).code
    }
  }
  const path = fresh()
  for (const options of [
    {},
    { path: '' },
    { path, fsnyc: true },
    { path, maxOpenFiles: 3 },
    { path, clock: 1 },
    { path, sweepMs: 0 },
  ]) {
    expect(codeOf(options)).toBe('INVALID_OPTION')
  }
  expect(
    codeOf({ path, fsync: true, maxOpenFiles: 4, sweepMs: Infinity, onSweep: () => undefined, clock }),
  ).toBeUndefined()
  expect(readdirSync(path)).toEqual([])
})
