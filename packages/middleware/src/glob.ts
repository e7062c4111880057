/** Whether a whole text is as the pattern says. */
export type Matcher = (text: string) => boolean

/**
 * A literal glob: `*` stands for any characters or none, `?` for one, and `\` makes the next stand for itself. All else
 * is taken literally. A star that turns out to have ended too soon takes one more character, and no other star is tried
 * again for it, so the time is at most that of the pattern times that of the text.
 */
export function glob(pattern: string): Matcher {
  const parts = partsOf(pattern)
  return (text) => {
    const letters = [...text]
    let part = 0
    let at = 0
    let star = -1
    let starAt = 0
    while (at < letters.length) {
      const wanted = parts[part]
      if (wanted === ANY) {
        star = part
        starAt = at
        part += 1
      } else if (wanted === ONE || wanted === letters[at]) {
        part += 1
        at += 1
      } else if (star >= 0) {
        starAt += 1
        at = starAt
        part = star + 1
      } else return false
    }
    while (parts[part] === ANY) part += 1
    return part === parts.length
  }
}

const ANY = Symbol('*')
const ONE = Symbol('?')

function partsOf(pattern: string): readonly (string | symbol)[] {
  const parts: (string | symbol)[] = []
  let isLiteral = false
  for (const letter of pattern) {
    if (!isLiteral && letter === '\\') {
      isLiteral = true
      continue
    }
    parts.push(isLiteral ? letter : letter === '*' ? ANY : letter === '?' ? ONE : letter)
    isLiteral = false
  }
  if (isLiteral) parts.push('\\')
  return parts
}
