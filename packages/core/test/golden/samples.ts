import type { Entry } from '../../src/contract.js'
import type { FrameOptions } from '../../src/frame/options.js'
import { bytes } from '../support/frames.js'

/** What a golden file is made of. */
export interface Sample {
  readonly key: string
  readonly entry: Entry
  readonly options?: FrameOptions
}

const MINUTE = 60_000
const CREATED = 1_767_225_600_000
const FOREVER = { staleAt: Infinity, expiresAt: Infinity, keptUntil: Infinity }

function sampleEntry(facts: Partial<Entry>): Entry {
  const times = {
    createdAt: CREATED,
    staleAt: CREATED + MINUTE,
    expiresAt: CREATED + 2 * MINUTE,
    keptUntil: CREATED + 3 * MINUTE,
  }
  const version = { time: CREATED, count: 1, writer: 0x0123_4567_89ab }
  const value = facts.value ?? bytes()
  return { ...times, version, kind: 'value', tags: [], marks: {}, size: value.length, value, ...facts }
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content)

/** By the names of their files, which begin with the version of the format. A sample is never changed, only added. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  'v1-value': {
    key: 'users:42',
    entry: sampleEntry({ marks: { codec: 'json' }, value: text('{"name":"Ada"}') }),
  },
  'v1-empty': { key: 'empty', entry: sampleEntry({}) },
  'v1-lease': { key: 'lease', entry: sampleEntry({ kind: 'lease', value: text('kept') }) },
  'v1-tombstone': { key: 'gone', entry: sampleEntry({ kind: 'tombstone' }) },
  'v1-forever': {
    key: 'forever',
    entry: sampleEntry({
      ...FOREVER,
      createdAt: 0,
      version: { time: 2 ** 48 - 1, count: 0xffff, writer: 2 ** 48 - 1 },
    }),
  },
  'v1-fractions': {
    key: 'fractions',
    entry: sampleEntry({ createdAt: 0.1, staleAt: 0.2, expiresAt: 5e-324, keptUntil: Number.MAX_VALUE }),
  },
  'v1-tags': {
    key: 'tags',
    entry: sampleEntry({
      tags: [{ name: 'user:42' }, { name: 'größe 😀', marker: '' }, { name: '', marker: 'x"\\\n' }],
      value: text('tagged'),
    }),
  },
  'v1-marks': {
    key: 'marks',
    entry: sampleEntry({
      marks: Object.fromEntries<string | number | boolean>([
        ['codec', 'json/text'],
        ['number', -1.5e300],
        ['yes', true],
        ['no', false],
        ['', '\ud800'],
        ['__proto__', 'own'],
      ]),
      value: text('marked'),
    }),
  },
  'v1-key': {
    key: 'ns\u241f größe 😀',
    entry: sampleEntry({
      marks: { codec: 'msgpack' },
      tags: [{ name: 'a', marker: 'm' }],
      value: text('with its key'),
    }),
    options: { keys: true },
  },
  'v1-header-only': {
    key: 'header only',
    entry: sampleEntry({ value: text('not covered') }),
    options: { covers: 'header' },
  },
  'v1-bytes': {
    key: 'bytes',
    entry: sampleEntry({ value: Uint8Array.from({ length: 1024 }, (_, index) => index & 0xff) }),
  },
}
