import { decide, type Entry, type Version } from '@cachette/core'
import { type BrokenMap, copy, found, renaming, seconds, storing } from './breaking.js'

/** What goes wrong with what is stored: values, headers, keys. */
export const BROKEN_ENTRIES: Readonly<Record<string, BrokenMap>> = {
  'truncates values': { law: 'V1', breaks: storing((entry) => ({ ...entry, value: entry.value.slice(0, 1_000) })) },
  'keeps values as text': {
    law: 'V1',
    breaks: storing((entry) => ({ ...entry, value: new TextEncoder().encode(new TextDecoder().decode(entry.value)) })),
  },
  'keeps the whole buffer of a view': {
    law: 'V1',
    breaks: storing((entry) => ({ ...entry, value: new Uint8Array(entry.value.buffer.slice(0)) })),
  },
  'loses tags': { law: 'V1', breaks: storing((entry) => ({ ...entry, tags: [] })) },
  'loses the markers of tags': {
    law: 'V1',
    breaks: storing((entry) => ({ ...entry, tags: entry.tags.map(({ name }) => ({ name })) })),
  },
  'loses marks': { law: 'V1', breaks: storing((entry) => ({ ...entry, marks: {} })) },
  'loses keptUntil': { law: 'V1', breaks: storing((entry) => ({ ...entry, keptUntil: entry.expiresAt })) },
  'loses staleAt': { law: 'V1', breaks: storing((entry) => ({ ...entry, staleAt: entry.expiresAt })) },
  'rounds to seconds': { law: 'V1', breaks: storing((entry) => ({ ...entry, expiresAt: seconds(entry.expiresAt) })) },
  'loses entries without an end': {
    law: 'V1',
    breaks: storing((entry) => ({ ...entry, expiresAt: Number.isFinite(entry.expiresAt) ? entry.expiresAt : 0 })),
  },
  'loses the version': {
    law: 'V1',
    breaks: storing((entry) => ({ ...entry, version: Object.create(null) as Version })),
  },
  'loses the kind': { law: 'V1', breaks: storing(({ kind: _, ...entry }) => entry as Entry) },
  'keeps times as text': {
    law: 'V1',
    breaks: storing((entry) => ({ ...entry, staleAt: String(entry.staleAt) as unknown as number })),
  },
  'takes empty values for missing ones': {
    law: 'V2',
    breaks: (_, entries) => ({
      read: (keys) => keys.map((key) => (entries.get(key)?.value.length ? found(entries, key) : undefined)),
    }),
  },
  'keeps the buffer that was put in': {
    law: 'V3',
    breaks: (_, entries) => ({
      write: (changes, call) =>
        changes.map((change) => {
          const { apply, answer } = decide(change, entries.get(change.key), call.now)
          if (apply && change.entry) entries.set(change.key, change.entry)
          else if (apply) entries.delete(change.key)
          return answer
        }),
    }),
  },
  'hands its own buffer out': {
    law: 'V3',
    breaks: (_, entries) => ({ read: (keys) => keys.map((key) => entries.get(key)) }),
  },
  'trims keys': { law: 'K2', breaks: renaming((key) => key.trim() || key) },
  'lower-cases keys': { law: 'K2', breaks: renaming((key) => key.toLowerCase()) },
  'normalises keys': { law: 'K2', breaks: renaming((key) => key.normalize()) },
  'cuts long keys': { law: 'K2', breaks: renaming((key) => key.slice(0, 250)) },
  'ends keys at NUL': { law: 'K2', breaks: renaming((key) => key.split('\0')[0] || key) },
  'takes keys for paths': { law: 'K2', breaks: renaming((key) => key.replaceAll(':', '/')) },
  'refuses long keys': {
    law: 'K1',
    breaks: (honest) => ({
      write: (changes, call) => {
        if (changes.some(({ key }) => key.length > 250)) throw new Error('too long')
        return honest.write(changes, call)
      },
    }),
  },
  'keeps keys as properties': {
    law: 'K1',
    breaks: () => {
      const entries: Record<string, Entry> = {}
      return {
        read: (keys) => keys.map((key) => (entries[key]?.kind === undefined ? undefined : copy(entries[key]))),
        write: (changes, call) =>
          changes.map((change) => {
            const stored = Object.hasOwn(entries, change.key) ? entries[change.key] : undefined
            const { apply, answer } = decide(change, stored, call.now)
            if (apply && change.entry) entries[change.key] = { ...change.entry, value: change.entry.value.slice() }
            else if (apply) delete entries[change.key]
            return answer
          }),
        async *scan(prefix) {
          for (const [key, entry] of Object.entries(entries)) if (key.startsWith(prefix)) yield [[key, copy(entry)]]
        },
        clear: (prefix) => {
          for (const key of Object.keys(entries)) if (key.startsWith(prefix)) delete entries[key]
        },
      }
    },
  },
  'takes the properties of every object for entries': {
    law: 'K2',
    breaks: () => {
      const entries: Record<string, Entry> = {}
      return {
        read: (keys) => keys.map((key) => entries[key]),
        write: (changes, call) =>
          changes.map((change) => {
            const { apply, answer } = decide(change, entries[change.key], call.now)
            if (apply && change.entry) entries[change.key] = copy(change.entry)
            else if (apply) delete entries[change.key]
            return answer
          }),
      }
    },
  },
}
