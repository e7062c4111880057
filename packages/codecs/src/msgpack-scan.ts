import type { Bytes } from '@cachette/core'
import { damaged } from './refusal.js'
import { checkText, ended, uint, Walk } from './walk.js'

/**
 * Goes through MessagePack as `msgpack()` writes it, token by token and without taking memory for what lengths say.
 * Throws unless it is one whole value of no more than that: no other extensions, no names but text, nothing behind it.
 */
export function scanMsgpack(bytes: Bytes): void {
  const walk = new Walk(bytes.length)
  /** How many values each kind of record has, once one has been defined. */
  let records: Int32Array | undefined
  let at = 0
  while (walk.next()) {
    const isKey = walk.isKey()
    const token = bytes[at] ?? ended()
    at += 1
    if (token >= 0xa0 && token < 0xc0) {
      at = checkText(bytes, at, token - 0xa0, isKey)
      continue
    }
    if (token === 0xd9 || token === 0xda || token === 0xdb) {
      const width = 1 << (token - 0xd9)
      at = checkText(bytes, at + width, uint(bytes, at, width), isKey)
      continue
    }
    if (isKey) throw damaged('a name that is no text')
    if (token < 0x80) {
      const count = records?.[token & 0x3f] ?? -1
      if (token >= 0x40 && count >= 0) walk.enter(count, false, at)
    } else if (token < 0x90) walk.enter(token - 0x80, true, at)
    else if (token < 0xa0) walk.enter(token - 0x90, false, at)
    else if (token < 0xe0) {
      switch (token) {
        case 0xc0: // null
        case 0xc2: // false
        case 0xc3: // true
          break
        case 0xc4: // bytes
        case 0xc5:
        case 0xc6: {
          const width = 1 << (token - 0xc4)
          at += width + uint(bytes, at, width)
          break
        }
        case 0xcc: // integers and floats
        case 0xd0:
          at += 1
          break
        case 0xcd:
        case 0xd1:
          at += 2
          break
        case 0xce:
        case 0xd2:
          at += 4
          break
        case 0xcb:
        case 0xcf:
        case 0xd3:
          at += 8
          break
        case 0xdc: // arrays
        case 0xdd: {
          const width = token === 0xdc ? 2 : 4
          const count = uint(bytes, at, width)
          at += width
          walk.enter(count, false, at)
          break
        }
        case 0xde: // maps
        case 0xdf: {
          const width = token === 0xde ? 2 : 4
          const count = uint(bytes, at, width)
          at += width
          walk.enter(count, true, at)
          break
        }
        case 0xd4: {
          const type = bytes[at]
          if (type === 0x72) {
            const names = scanNames(bytes, at + 2)
            const id = bytes[at + 1] ?? 0
            if (id < 0x40 || id > 0x7f) throw damaged('a record out of range')
            records ??= new Int32Array(64).fill(-1)
            records[id & 0x3f] = names.count
            at = names.end
            walk.enter(names.count, false, at)
            break
          }
          if (type !== 0 && !(type === 0xff && bytes[at + 1] === 0xff)) throw damaged('an extension of no kind')
          at += 2
          break
        }
        case 0xd6: // dates
        case 0xd7:
          if (bytes[at] !== 0xff) throw damaged('an extension of no kind')
          at += token === 0xd6 ? 5 : 9
          break
        case 0xc7:
          if (bytes[at] !== 12 || bytes[at + 1] !== 0xff) throw damaged('an extension of no kind')
          at += 14
          break
        default:
          throw damaged('a token of no kind')
      }
      if (at > bytes.length) ended()
    }
  }
  if (at !== bytes.length) throw damaged('bytes behind the value')
}

/** The names of a record: an array of texts. */
function scanNames(bytes: Bytes, from: number): { readonly count: number; readonly end: number } {
  const token = bytes[from] ?? ended()
  let at = from + 1
  let count = token - 0x90
  if (token === 0xdc || token === 0xdd) {
    const width = token === 0xdc ? 2 : 4
    count = uint(bytes, at, width)
    at += width
  } else if (count < 0 || count > 15) throw damaged('a record without names')
  for (let left = count; left > 0; left -= 1) {
    const head = bytes[at] ?? ended()
    at += 1
    if (head >= 0xa0 && head < 0xc0) at = checkText(bytes, at, head - 0xa0, true)
    else if (head >= 0xd9 && head <= 0xdb) {
      const width = 1 << (head - 0xd9)
      at = checkText(bytes, at + width, uint(bytes, at, width), true)
    } else throw damaged('a name that is no text')
  }
  return { count, end: at }
}
