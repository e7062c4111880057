/** A pattern as it is looked for: what every match begins with, and how to tell one. */
export interface Glob {
  readonly prefix: string
  matches(text: string): boolean
}

/** `*` stands for any characters, none included, and `?` for exactly one. All others stand for themselves. */
export function glob(pattern: string): Glob {
  const wanted = [...pattern]
  const wild = pattern.search(/[*?]/)
  return {
    prefix: wild < 0 ? pattern : pattern.slice(0, wild),
    matches: (text) => isMatch(wanted, [...text]),
  }
}

/** Goes back to the last `*` alone, so that no pattern takes more than its length times that of the text. */
function isMatch(wanted: readonly string[], text: readonly string[]): boolean {
  let at = 0
  let star = -1
  let resume = 0
  for (let index = 0; index < text.length; ) {
    if (wanted[at] === '*') {
      star = at
      at += 1
      resume = index
    } else if (wanted[at] === '?' || (at < wanted.length && wanted[at] === text[index])) {
      at += 1
      index += 1
    } else if (star >= 0) {
      at = star + 1
      resume += 1
      index = resume
    } else return false
  }
  return wanted.slice(at).every((letter) => letter === '*')
}
