/** The keys from one up to, without, another; up to the end where there is no other. */
export interface Range {
  readonly gte: string
  readonly lt?: string
}

/**
 * All well-formed keys that begin with the prefix, in the order of code points, which is that of their bytes. A prefix
 * that ends within a pair of surrogates has all that go on from there; nothing begins with any other ill-formed one.
 */
export function rangeOf(prefix: string): Range | undefined {
  const isWhole = prefix.isWellFormed()
  const first = isWhole ? prefix : `${prefix}\udc00`
  if (!first.isWellFormed()) return undefined
  const lt = after(isWhole ? prefix : `${prefix}\udfff`)
  return lt === undefined ? { gte: first } : { gte: first, lt }
}

/** The first text behind all that begin with this one. */
function after(text: string): string | undefined {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    // No text holds a lone surrogate, and behind the last of all code points there is none.
    const next = last === 0xd7ff ? 0xe000 : last + 1
    if (next <= 0x10ffff) return String.fromCodePoint(...points, next)
  }
  return undefined
}
