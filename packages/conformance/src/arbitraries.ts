import { MAX_KEY_BYTES, SEPARATOR } from '@cachette/core'
import fc from 'fast-check'

/** Layers may make keys longer, up to what a store takes: that limit has a check of its own. */
const MAX = MAX_KEY_BYTES

/**
 * Families of keys that a careless store takes for one another, for a path, a pattern, a number or a property.
 * No two of a family are the same key.
 */
export const KEY_FAMILIES: Readonly<Record<string, readonly string[]>> = {
  prefixes: ['a', 'aa', 'ab', 'a:', 'a:b', 'a:b:c', 'a::b', 'b:a'],
  separators: ['a/b', 'a:b', 'a\\b', 'a.b', 'a-b', 'a_b', 'a|b', 'a b', 'a  b', 'a%2Fb', 'a+b', 'a%20b', 'ab'],
  paths: ['a', '../a', './a', '/a', 'a/', 'a//b', 'a/b', 'a/../b', 'b', '.', '..', '~', 'CON', 'a.', 'a.json'],
  namespaces: [
    'n',
    'nn',
    `n${SEPARATOR}`,
    `n${SEPARATOR}a`,
    `n${SEPARATOR}m${SEPARATOR}a`,
    `nn${SEPARATOR}a`,
    SEPARATOR,
    'n:a',
  ],
  case: ['key', 'Key', 'KEY', 'stra\u00dfe', 'strasse', 'STRASSE', '\u0130', 'i\u0307', '\u0131', 'i'],
  forms: [
    '\u00e9',
    'e\u0301',
    '\u212b',
    '\u00c5',
    'A\u030a',
    '\ufb01',
    'fi',
    'a\u200b',
    'a',
    'a\ufe0f',
    'a\ufe0e',
    '\ufeffa',
    'a\u00ad',
  ],
  properties: ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', 'value', 'expiresAt'],
  patterns: ['a*', 'ab', 'a?', 'a[b]', 'a{b,c}', 'a%', 'a_', 'a\\*', '^a', 'a$', 'a.', '(a', 'a|b', '*', '.*', '['],
  controls: ['a', 'a ', ' a', 'a\0', 'a\0b', '\0', 'a\r\n', '\r\nset b 0 0 1\r\n1', 'a\n', '\t', '\u007f', '\u0001'],
  planes: ['\u{1f600}', '\u{1f600}a', '\u{1f601}', '\uffff', '\ue000', '\u{10000}', '\u{1f468}\u200d\u{1f469}', '~'],
  quotes: ["a'b", "a''b", 'a"b', 'a""b', 'a&b', 'a&amp;b', 'a&#38;b', 'a`b'],
  // Pairs that meet in a hash of 32 bits: Java's, CRC-32, FNV-1a and djb2.
  hashes: ['Aa', 'BB', 'plumless', 'buckeroo', 'costarring', 'liquid', 'hetairas', 'mentioner'],
  numbers: ['1', '01', '1.0', '1e0', '0', '-0', '10', '2', 'NaN', 'null', 'undefined', 'true', 'Infinity'],
  long: ['x'.repeat(MAX), `${'x'.repeat(MAX - 1)}y`, 'x'.repeat(MAX - 1), 'x'.repeat(251), 'x'.repeat(250), 'x'],
  wide: ['\u00e9'.repeat(MAX / 2), '\u20ac'.repeat(MAX / 3), '\u{1f600}'.repeat(MAX / 4), '\u{1f600}'.repeat(63)],
}

const families = Object.values(KEY_FAMILIES)

/** Any key that a store takes: the hostile ones often, any other now and then. */
export function anyKey(): fc.Arbitrary<string> {
  return fc.oneof(
    { arbitrary: fc.constantFrom(...families.flat()), weight: 3 },
    { arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), weight: 1 },
    { arbitrary: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 }), weight: 1 },
  )
}

/** Several distinct keys of one family, simplest first. */
export function relatedKeys(minimum = 2, maximum = 6): fc.Arbitrary<string[]> {
  const enough = families.filter((family) => family.length >= minimum)
  return fc.oneof(
    { arbitrary: fc.constantFrom(...enough).chain((family) => subset(family, minimum, maximum)), weight: 4 },
    { arbitrary: fc.uniqueArray(anyKey(), { minLength: minimum, maxLength: maximum }), weight: 1 },
  )
}

function subset(family: readonly string[], minLength: number, maximum: number): fc.Arbitrary<string[]> {
  return fc.shuffledSubarray([...family], { minLength, maxLength: Math.min(maximum, family.length) })
}

/** Where to cut a key to make a prefix of it: anywhere between whole characters. */
function prefixOf(key: string): fc.Arbitrary<string> {
  const characters = [...key]
  return fc.nat(Math.min(characters.length, 8)).map((length) => characters.slice(0, length).join(''))
}

/** Lifetimes from one millisecond to for ever, none of them a round number of seconds by design. */
export function anyLifetime(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.constantFrom(1, 2, 999, 1_000, 1_001, 60_000, 30 * DAY_MS, 50 * 365 * DAY_MS),
    fc.integer({ min: 1, max: 10_000 }),
  )
}

const DAY_MS = 86_400_000

/** The keys, with a prefix cut from one of them: of all, of several, of one, or a whole key. */
export function withPrefix(
  keys: fc.Arbitrary<string[]>,
): fc.Arbitrary<{ readonly keys: string[]; readonly prefix: string }> {
  return keys.chain((all) =>
    fc
      .nat(Math.max(all.length - 1, 0))
      .chain((index) => prefixOf(all[index] ?? ''))
      .map((prefix) => ({ keys: all, prefix })),
  )
}
