import type { Bytes, Store } from '@cachette/core'
import { describe, expect, it } from 'vitest'
import { checkpointOf, exportTo, importFrom, migrate, type Progress } from '../src/index.js'
import { kept, whole } from './files.js'
import { clock, contents, copies, failure, numbered, ordered, put } from './support.js'

const COUNT = 20
const PAGES = 7

/** Ends the work at its so-many-th progress; the pages of a store are told one by one. */
function stopAt(page: number): { readonly signal: AbortSignal; readonly onProgress: () => void } {
  const aborting = new AbortController()
  let told = 0
  const onProgress = (): void => {
    told += 1
    if (told === page) aborting.abort()
  }
  return { signal: aborting.signal, onProgress }
}

async function filled(): Promise<Store<Bytes>> {
  const from = ordered(3)
  await put(from, numbered(COUNT))
  return from
}

describe('aborted at any page', () => {
  const pages = Array.from({ length: 2 * PAGES - 1 }, (_, index) => index + 1)

  it.each(pages)('a migration goes on from page %i of both its walks', async (page) => {
    const [from, to] = [await filled(), copies()]
    const error = await failure(migrate(from, to, { clock, ...stopAt(page) }))
    expect(error.code).toBe('ABORTED')
    const report = await migrate(from, to, { clock, checkpoint: checkpointOf(error) })
    expect(report).toMatchObject({ verified: true, compared: COUNT, counts: { seen: COUNT, copied: COUNT, same: 0 } })
    expect(await contents(to)).toEqual(await contents(from))
  })

  it.each(pages.slice(0, PAGES))('an export goes on from page %i', async (page) => {
    const [from, to] = [await filled(), copies()]
    const [first, second] = [kept(), kept()]
    const error = await failure(exportTo(from, first.sink, { clock, ...stopAt(page) }))
    expect(error.code).toBe('ABORTED')
    const rest = await exportTo(from, second.sink, { clock, checkpoint: checkpointOf(error) })
    expect(rest.counts).toMatchObject({ seen: COUNT, copied: COUNT })
    await importFrom(whole(first.text()), to, { clock, partial: true })
    await importFrom(whole(second.text()), to, { clock })
    expect(await contents(to)).toEqual(await contents(from))
  })
})

it('tells of progress that never goes back', async () => {
  const [from, to] = [await filled(), copies()]
  const told: Progress[] = []
  await migrate(from, to, { clock, onProgress: (progress) => void told.push(progress) })
  expect(told.map(({ phase }) => phase)).toEqual([...Array(PAGES).fill('copy'), ...Array(PAGES).fill('verify')])
  for (const [index, { counts, compared, checkpoint }] of told.entries()) {
    const before = told[index - 1]
    if (before === undefined) continue
    expect(counts.seen).toBeGreaterThanOrEqual(before.counts.seen)
    expect(counts.copied).toBeGreaterThanOrEqual(before.counts.copied)
    expect(compared).toBeGreaterThanOrEqual(before.compared)
    expect((checkpoint.after ?? '') >= (before.checkpoint.after ?? '')).toBe(true)
  }
})
