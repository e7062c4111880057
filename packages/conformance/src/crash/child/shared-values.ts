import { hashOf } from '../values.js'

const ENCODER = new TextEncoder()
const DECODER = new TextDecoder()

/** A text as a value of some length that follows from it, so that a torn one shows. */
export function sharedText(text: string): Uint8Array {
  return ENCODER.encode(`${text};`.repeat(1 + (hashOf(text) % 300)))
}

/** The text of a value; of one that nobody wrote, something that nobody wrote either. */
export function sharedTextOf(value: Uint8Array | undefined): string {
  if (value === undefined) return 'an entry without its value'
  const [text = ''] = DECODER.decode(value).split(';', 1)
  return Buffer.compare(value, sharedText(text)) === 0 ? text : `${value.length} bytes that begin with ${text}`
}
