import { tracingChannel } from 'node:diagnostics_channel'
import { memory } from '@cachette/adapter-memory'
import { type AnyLayer, compose, type Header, newCall } from '@cachette/core'
import { logging } from '@cachette/middleware/logging'
import { stats } from '@cachette/middleware/stats'
import { tracing } from '@cachette/middleware/tracing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const NOW = 1_700_000_000_000
const SHOWS = ['live', 'kept', 'all'] as const
const WANTS = ['value', 'header'] as const

const { start } = tracingChannel('single:read')
const listener = (): void => undefined
beforeAll(() => start.subscribe(listener))
afterAll(() => start.unsubscribe(listener))

/** Entries in every phase of their life, and of every kind that is stored. */
const HEADERS: Readonly<Record<string, Partial<Header>>> = {
  fresh: {},
  stale: { staleAt: NOW - 5 },
  kept: { staleAt: NOW - 5, expiresAt: NOW - 5 },
  gone: { staleAt: NOW - 5, expiresAt: NOW - 5, keptUntil: NOW - 1 },
  lease: { kind: 'lease' },
  tombstone: { kind: 'tombstone' },
}

describe.each<readonly [string, () => AnyLayer]>([
  ['stats', () => stats()],
  ['stats of every call', () => stats({ level: 'full' })],
  ['stats that is off', () => stats({ level: 'off' })],
  ['logging', () => logging()],
  ['tracing, unheard', () => tracing({ prefix: 'unheard' })],
  ['tracing, heard', () => tracing({ prefix: 'single' })],
])('a single read through %s', (_, layer) => {
  it('gives exactly what a batch of one gives', async () => {
    const store = memory<string>()
    const stack = compose(store, [layer()])
    for (const [count, [key, header]] of Object.entries(HEADERS).entries()) {
      const version = { time: NOW - 10, count, writer: 1 }
      const times = { createdAt: NOW - 10, staleAt: NOW + 10, expiresAt: NOW + 10, keptUntil: NOW + 10 }
      const entry = { ...times, version, kind: 'value', tags: [], marks: {}, size: 3, value: key, ...header } as const
      await stack.write([{ key, entry, version }], newCall(NOW))
    }
    for (const key of ['absent', ...Object.keys(HEADERS)]) {
      for (const show of SHOWS) {
        for (const want of WANTS) {
          const batch = stack.read([key], newCall(NOW, { show, want }))
          expect([stack.readOne?.(key, newCall(NOW, { show, want }))], `${key} ${show} ${want}`).toEqual(batch)
        }
      }
    }
    expect(stack.readOne).toBeDefined()
  })
})
