import { describe, expect, it } from 'vitest'
import { checkOptions, RULES, type Rules, shown } from '../src/options.js'

interface Options {
  readonly ttlMs?: number | undefined
  readonly maxBytes?: number | undefined
  readonly name?: string | undefined
}

const rules: Rules<Options> = { ttlMs: RULES.positiveMs, maxBytes: RULES.positiveInteger, name: RULES.text }
const check = (given: unknown) => () => checkOptions<Options>('memory()', given as Options, rules)

describe('checkOptions', () => {
  it('gives back what fits, and takes undefined for left out', () => {
    const given = { ttlMs: 5, maxBytes: undefined }
    expect(checkOptions('memory()', given, rules)).toBe(given)
  })

  it.each([
    [{ ttlMS: 5 }, 'memory() has no option "ttlMS": did you mean "ttlMs"?'],
    [{ maxbyte: 5 }, 'did you mean "maxBytes"?'],
    [{ somethingElse: 5 }, 'has no option "somethingElse"; it has ttlMs, maxBytes, name'],
    [{ toString: 5 }, 'has no option "toString"'],
    [{ ttlMs: 0 }, 'memory(): expected ttlMs to be a positive number of milliseconds or Infinity, got 0'],
    [{ ttlMs: '5' }, 'expected ttlMs to be a positive number of milliseconds or Infinity, got a string'],
    [{ name: '' }, 'expected name to be a non-empty string, got an empty string'],
    [null, 'memory() expected its options as an object, got null'],
    [5, 'memory() expected its options as an object, got 5'],
    [[], 'memory() expected its options as an object, got an array'],
  ])('refuses %j', (given, message) => {
    expect(check(given)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(check(given)).toThrow(message)
  })

  it.each([
    ['positiveMs', [1, 0.5, Infinity], [0, -1, Number.NaN, '1', undefined]],
    ['nonNegativeMs', [0, 1, Infinity], [-1, Number.NaN, '0']],
    ['positiveInteger', [1, 2 ** 40], [0, 1.5, Infinity, Number.NaN, '1']],
    ['fraction', [0.5], [0, 1, 2, Number.NaN, '0.5']],
    ['boolean', [true, false], [0, 'true', null]],
    ['text', ['a'], ['', 1]],
    ['run', [() => undefined], [{}, 'f']],
    ['object', [{}], [null, 1, [], () => undefined]],
    ['list', [[]], [{}, 'a']],
    ['any', [undefined, null, 1], []],
  ] as const)('%s accepts what it says and nothing else', (name, good, bad) => {
    expect(good.map((value) => RULES[name].accepts(value))).toEqual(good.map(() => true))
    expect(bad.map((value) => RULES[name].accepts(value))).toEqual(bad.map(() => false))
  })
})

describe('shown', () => {
  it('tells the type, and no text that might be a secret', () => {
    expect(['', 'secret', () => 1, [1], {}, null, undefined, 1.5, true].map(shown)).toEqual([
      'an empty string',
      'a string',
      'a function: did you mean it()?',
      'an array',
      'an object',
      'null',
      'undefined',
      '1.5',
      'true',
    ])
  })
})
