import type { CrashSubject } from '@cachette/conformance/crash'
import { createCache } from '@cachette/core'
import { expect } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { lmdb } from '../src/index.js'
import { test } from './support.js'

const copy = await built(new URL('./crash-subject.ts', import.meta.url))

test('two copies of this package in one process share an environment', async ({ folder }) => {
  const { crashSubject } = (await import(copy.module.href)) as { readonly crashSubject: CrashSubject }
  const ours = createCache<string>({ deadlineMs: 60_000, store: lmdb({ path: folder }) })
  const theirs = createCache<string>({ deadlineMs: 60_000, store: await crashSubject.open(folder) })
  for (let round = 0; round < 20; round += 1) {
    await Promise.all([ours.set('a', `ours ${round}`), theirs.set('b', `theirs ${round}`)])
    expect([ours.sync.get('b'), theirs.sync.get('a')]).toEqual([`theirs ${round}`, `ours ${round}`])
  }
  await ours.close()
  await theirs.set('a', 'still open')
  await theirs.close()
})
