import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manualClock, newCall, versions } from '@cachette/core'
import { afterAll, expect, test } from 'vitest'
import { entryOf, stranger, temporary } from './support.js'

const clock = manualClock()
const made = versions(clock, 1)
const call = () => newCall(clock.now())
const put = (key: string, ttlMs?: number) => ({ key, ...entryOf(key, made.next(), clock.now(), ttlMs) })

/** A disk on which so many files and folders have room; nothing where this user may not make one. */
function smallDisk(files: number): string | undefined {
  const folder = join(temporary(), 'disk')
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `nr_inodes=${files}`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  afterAll(() => execFileSync('umount', [folder]))
  return folder
}

test('where there is room for no file more, what is there can be read, removed and reclaimed', async (context) => {
  const disk = smallDisk(300)
  if (disk === undefined) return context.skip('this user may not mount a disk')
  const store = stranger({ path: join(disk, 'store'), clock, sweepMs: Infinity })
  const keys = Array.from({ length: 60 }, (_, index) => `${index}`)
  await store.write(
    keys.map((key, index) => put(key, index < 30 ? 1000 : Infinity)),
    call(),
  )
  const ballast = join(disk, 'ballast')
  mkdirSync(ballast)
  const fill = (): void => {
    for (let count = 0; ; count += 1) writeFileSync(join(ballast, `${count}`), '')
  }
  expect(fill).toThrow('ENOSPC')
  await expect(store.write([put('0')], call())).rejects.toMatchObject({ code: 'FULL', outcome: 'none' })
  clock.advance(1000)
  const { reclaimed } = await store.sweep()
  expect(reclaimed).toBe(30)
  const removal = { key: '59', entry: undefined, version: made.next() }
  expect(await store.write([removal, { ...removal, key: '0' }], call())).toEqual([true, false])
  expect((await store.read(['58'], call()))[0]?.kind).toBe('value')
  expect(await store.write([put('58')], call())).toEqual([true])
  rmSync(ballast, { recursive: true })
  await store.clear('')
  await store.close()
})
