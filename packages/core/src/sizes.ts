import type { Change } from './contract.js'
import { CacheError } from './errors.js'

/** Before anything of a batch is written: values up to so many bytes are taken (V4). */
export function checkSize({ entry }: Change<unknown>, maxBytes: number, source: string): void {
  const bytes = entry?.size ?? 0
  if (bytes <= maxBytes) return
  throw new CacheError('TOO_LARGE', `${source} takes values up to ${maxBytes} bytes, got ${bytes}`, {
    operation: 'write',
    source,
    details: { maxBytes, bytes },
  })
}
