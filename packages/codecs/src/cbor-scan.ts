import type { Bytes } from '@cachette/core'
import { damaged } from './refusal.js'
import { checkText, ended, uint, Walk } from './walk.js'

/**
 * Goes through CBOR as `cbor()` writes it, head by head and without taking memory for what lengths say. Throws unless it
 * is one whole value of no more than that: lengths that are known, names that are text, no tags, nothing behind it.
 */
export function scanCbor(bytes: Bytes): void {
  const walk = new Walk(bytes.length)
  let at = 0
  while (walk.next()) {
    const isKey = walk.isKey()
    const head = bytes[at] ?? ended()
    const width = widthOf(head & 0x1f)
    const major = head >> 5
    at += 1
    if (isKey && major !== 3) throw damaged('a name that is no text')
    // Floats are eight bytes, which are no number of anything.
    const argument = width === 8 ? 0 : width === 0 ? head & 0x1f : uint(bytes, at, width)
    at += width
    if (width === 8 && major !== 0 && major !== 1 && major !== 7) throw damaged('a length of eight bytes')
    switch (major) {
      case 0: // integers
      case 1:
        break
      case 2: // bytes
        at += argument
        break
      case 3:
        at = checkText(bytes, at, argument, isKey)
        break
      case 4:
        walk.enter(argument, false, at)
        break
      case 5:
        walk.enter(argument, true, at)
        break
      case 7: // false, true, null, undefined and floats
        if (width !== 8 && (width !== 0 || argument < 20 || argument > 23)) throw damaged('a simple value of no kind')
        break
      default:
        throw damaged('a tag')
    }
    if (at > bytes.length) ended()
  }
  if (at !== bytes.length) throw damaged('bytes behind the value')
}

/** Bytes of the argument behind a head. */
function widthOf(info: number): number {
  if (info < 24) return 0
  if (info > 27) throw damaged('a length that is not known')
  return 1 << (info - 24)
}
