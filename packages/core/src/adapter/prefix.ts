import type { Bytes } from '../contract.js'

/**
 * The first bytes after all that begin with the prefix, for ordered stores: its last byte plus one. UTF-8 never holds
 * `FF`, so there is always room. Nothing for the empty prefix, after which nothing comes.
 */
export function endOfPrefix(prefix: Bytes): Bytes | undefined {
  const last = prefix.at(-1)
  if (last === undefined) return undefined
  const end = prefix.slice()
  end[end.length - 1] = last + 1
  return end
}
