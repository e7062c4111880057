import type { Page } from '@cachette/core'
import { type BrokenMap, below, clearing, copy, like, matching } from './breaking.js'

/** What goes wrong with prefixes: scans and clears. */
export const BROKEN_SCANS: Readonly<Record<string, BrokenMap>> = {
  'matches prefixes anywhere': { law: 'S2', breaks: matching((key, prefix) => key.includes(prefix)) },
  'matches prefixes as patterns': { law: 'S2', breaks: matching((key, prefix) => like(prefix).test(key)) },
  'matches prefixes whatever their case': {
    law: 'S2',
    breaks: matching((key, prefix) => key.toLowerCase().startsWith(prefix.toLowerCase())),
  },
  'clears everything': { law: 'S5', breaks: clearing(() => true) },
  'clears nothing': { law: 'S5', breaks: clearing(() => false) },
  'clears nothing without a prefix': {
    law: 'S5',
    breaks: clearing((key, prefix) => prefix !== '' && key.startsWith(prefix)),
  },
  'clears anywhere': { law: 'S5', breaks: clearing((key, prefix) => key.includes(prefix)) },
  'clears by pattern': { law: 'S5', breaks: clearing((key, prefix) => like(prefix).test(key)) },
  'clears the key that names a namespace': {
    law: 'S5',
    breaks: clearing((key, prefix) => key.startsWith(prefix) || `${key}\u241f` === prefix),
  },
  'scans the first key twice': {
    law: 'S1',
    breaks: (honest) => ({
      async *scan(prefix, call) {
        let isFirst = true
        for await (const page of honest.scan(prefix, call)) {
          yield page
          if (isFirst) yield page
          isFirst = false
        }
      },
    }),
  },
  'scans one page alone': {
    law: 'S1',
    breaks: (_, entries) => ({
      async *scan(prefix) {
        yield below(entries, prefix).slice(0, 1_000)
      },
    }),
  },
  'scans what was rewritten again': {
    law: 'S1',
    breaks: (honest, entries) => ({
      write: (changes, call) => {
        for (const { key, when } of changes) {
          const entry = entries.get(key)
          if (entry === undefined || when !== undefined) continue
          entries.delete(key)
          entries.set(key, entry)
        }
        return honest.write(changes, call)
      },
      async *scan(prefix) {
        for (const [key, entry] of entries) {
          if (key.startsWith(prefix)) yield [[key, copy(entry)]]
        }
      },
    }),
  },
  'goes on when a scan is left': {
    law: 'S3',
    breaks: (_, entries) => ({
      scan: (prefix) => {
        const keys = [...entries.keys()].filter((key) => key.startsWith(prefix))
        const next = async (): Promise<IteratorResult<Page>> => {
          const key = keys.shift()
          const entry = key === undefined ? undefined : entries.get(key)
          return key === undefined || entry === undefined
            ? { done: true, value: undefined }
            : { done: false, value: [[key, copy(entry)]] }
        }
        return { [Symbol.asyncIterator]: () => ({ next, return: async () => ({ done: true, value: undefined }) }) }
      },
    }),
  },
  'cannot close with a scan that was left': {
    law: 'S3',
    breaks: (honest) => {
      let open = 0
      return {
        async *scan(prefix, call) {
          open += 1
          for await (const page of honest.scan(prefix, call)) yield page
          open -= 1
        },
        close: () => {
          if (open > 0) throw new Error(`${open} scans are open`)
        },
      }
    },
  },
  'says that its scans are ordered': {
    law: 'S4',
    breaks: (honest) => ({ traits: { ...honest.traits, scan: 'ordered' } }),
  },
  'orders by UTF-16': {
    law: 'S4',
    breaks: (honest, entries) => ({
      traits: { ...honest.traits, scan: 'ordered' },
      async *scan(prefix) {
        yield below(entries, prefix).sort(([a], [b]) => (a < b ? -1 : 1))
      },
    }),
  },
  'gives keys without pages': {
    law: 'S1',
    breaks: (_, entries) => ({
      async *scan(prefix) {
        for (const [key] of below(entries, prefix)) yield key as unknown as Page
      },
    }),
  },
  'gives pages of keys alone': {
    law: 'S1',
    breaks: (_, entries) => ({
      async *scan(prefix) {
        yield below(entries, prefix).map(([key]) => key) as unknown as Page
      },
    }),
  },
}
