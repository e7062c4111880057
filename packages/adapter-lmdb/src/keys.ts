import { type Bytes, MAX_STORE_KEY_BYTES } from '@cachette/core'
import { endOfPrefix } from '@cachette/core/adapter'

/** Below this, going byte by byte is quicker than calling the platform's coder. */
const SHORT_KEY = 32

/** Writes keys as UTF-8 where the driver wants them, without a buffer for each. */
export const KEY_ENCODER = {
  /** The ends of ranges come as bytes, since they need not be UTF-8. */
  writeKey(key: string | Bytes, target: Buffer, start: number): number {
    if (typeof key !== 'string') {
      target.set(key, start)
      return start + key.length
    }
    if (key.length <= SHORT_KEY) {
      let index = 0
      for (; index < key.length; index += 1) {
        const unit = key.charCodeAt(index)
        if (unit > 0x7f) break
        target[start + index] = unit
      }
      if (index === key.length) return start + index
    }
    return start + target.write(key, start, 'utf8')
  },

  readKey: (source: Buffer, start: number, end: number): string => source.toString('utf8', start, end),
} as const

/** What the driver goes through for a prefix. */
export interface KeyRange {
  readonly start: string
  readonly end: Bytes | undefined
  /** Of a key in the range; more than the range can say where the prefix ends within a character. */
  readonly holds: (key: string) => boolean
}

/** Before every key: the driver takes no empty one. */
const FIRST = '\0'

const all = (): boolean => true

/** The keys that begin with a prefix, whatever it is; `undefined` where none can. */
export function rangeOf(prefix: string): KeyRange | undefined {
  if (prefix === '') return { start: FIRST, end: undefined, holds: all }
  if (!prefix.isWellFormed()) return rangeOfCut(prefix)
  const bytes = Buffer.from(prefix)
  if (bytes.length > MAX_STORE_KEY_BYTES) return undefined
  return { start: prefix, end: endOfPrefix(bytes), holds: all }
}

/** A key is well-formed, so only its first half of a pair may end a prefix of it. */
function rangeOfCut(prefix: string): KeyRange | undefined {
  const whole = prefix.slice(0, -1)
  const range = whole.isWellFormed() ? rangeOf(whole) : undefined
  return range && { ...range, holds: (key) => key.startsWith(prefix) }
}
