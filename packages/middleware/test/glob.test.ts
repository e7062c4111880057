import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { glob } from '../src/glob.js'

describe('a pattern', () => {
  it.each([
    ['user:*', 'user:', true],
    ['user:*', 'user:42', true],
    ['user:*', 'users:42', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['?', '', false],
    ['?', '😀', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*.json', 'a.json', true],
    ['*.json', 'a.json.bak', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['**', 'anything', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\?\\\\', '?\\', true],
    ['a\\', 'a\\', true],
    ['[ab]', 'a', false],
    ['[ab].+', '[ab].+', true],
  ])('%s over %s: %s', (pattern, text, matches) => {
    expect(glob(pattern)(text)).toBe(matches)
  })

  it('says what the same as an expression says', () => {
    const letters = fc.constantFrom('a', 'b', '*', '?', '.')
    fc.assert(
      fc.property(fc.array(letters), fc.array(fc.constantFrom('a', 'b', '.')), (parts, text) => {
        const source = parts.map((part) =>
          part === '*' ? '.*' : part === '?' ? '.' : `\\u{${part.charCodeAt(0).toString(16)}}`,
        )
        const expression = new RegExp(`^${source.join('')}$`, 'su')
        expect(glob(parts.join(''))(text.join(''))).toBe(expression.test(text.join('')))
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes no time that grows beyond its length times that of the text', () => {
    const pattern = `${'*a'.repeat(200)}*b`
    const text = 'a'.repeat(5_000)
    // An expression would not be done in a lifetime.
    expect(glob(pattern)(text)).toBe(false)
  })
})
