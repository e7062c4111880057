import { stringify } from 'fast-check'

/** Longer runs of one character, or of bytes that count up, are written as what makes them. */
const LONG_RUN = 24

/** A value as code that makes it again. */
export function code(value: unknown): string {
  if (typeof value === 'string') return codeOfString(value)
  if (value instanceof Uint8Array) return codeOfBytes(value)
  if (value instanceof ArrayBuffer) return `${codeOfBytes(new Uint8Array(value))}.buffer`
  if (typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) >= 10_000) return grouped(value)
  return stringify(value)
}

/** `count` bytes that count up from `from`: values of any size that fit on a line. */
export function pattern(count: number, from = 0): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => (from + index) & 0xff)
}

/** A short value for a sentence, such as "expected 3, got undefined". */
export function brief(value: unknown): string {
  const text = code(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function codeOfString(text: string): string {
  const parts: string[] = []
  let rest = ''
  for (let index = 0; index < text.length; ) {
    const unit = String.fromCodePoint(text.codePointAt(index) ?? 0)
    let end = index + unit.length
    while (text.startsWith(unit, end)) end += unit.length
    const count = (end - index) / unit.length
    if (count > LONG_RUN) {
      if (rest !== '') parts.push(quoted(rest))
      parts.push(`${quoted(unit)}.repeat(${count})`)
      rest = ''
    } else {
      rest += text.slice(index, end)
    }
    index = end
  }
  if (rest !== '' || parts.length === 0) parts.push(quoted(rest))
  return parts.join(' + ')
}

/** Single quotes; whatever does not show, or may look like something else, is escaped. */
function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${inner.replaceAll(/[^\u0020-\u007e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}'`
}

function codeOfBytes(bytes: Uint8Array): string {
  const first = bytes[0] ?? 0
  if (bytes.length > LONG_RUN && bytes.every((byte, index) => byte === ((first + index) & 0xff))) {
    return `pattern(${bytes.length}, ${first})`
  }
  if (bytes.length > LONG_RUN && bytes.every((byte) => byte === first)) {
    return `new Uint8Array(${bytes.length}).fill(${first})`
  }
  return bytes.length === 0 ? 'new Uint8Array()' : `Uint8Array.of(${bytes.join(', ')})`
}

function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, '_')
}
