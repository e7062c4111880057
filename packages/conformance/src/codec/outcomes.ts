import { type Bytes, type Coded, isCacheError } from '@cachette/core'
import { Broken } from '../check.js'
import { brief } from '../format.js'
import type { CodecLike } from './check.js'

/** More than this for one small input is a hang in the making. */
const SLOW_MS = 1_000

export function codedOf(encoded: Bytes | Coded): { readonly bytes: Bytes; readonly form: string | undefined } {
  return encoded instanceof Uint8Array ? { bytes: encoded, form: undefined } : encoded
}

export function roundTrip(codec: CodecLike, encoded: Bytes | Coded): unknown {
  const { bytes, form } = codedOf(encoded)
  return codec.decode(bytes.slice(), form)
}

export function encodedOrRefused(codec: CodecLike, value: unknown): Bytes | Coded | undefined {
  try {
    return codec.encode(value)
  } catch (error) {
    pathOf(error)
    return undefined
  }
}

/** The path of a refusal; nothing where it was carried. */
export function refusal(codec: CodecLike, value: unknown): string | undefined {
  try {
    codec.encode(value)
    return undefined
  } catch (error) {
    return pathOf(error)
  }
}

function pathOf(error: unknown): string {
  if (!isCacheError(error) || error.code !== 'INVALID_VALUE') {
    throw new Broken({
      expected: 'a refusal with INVALID_VALUE',
      got: error instanceof Error ? String(error) : brief(error),
    })
  }
  const path = error.details['path']
  if (typeof path === 'string') return path
  throw new Broken({ expected: 'a refusal with details.path', got: brief(error.details) })
}

/** The value, or nothing where it threw. Whatever it gave must be a value, and the world must be as it was. */
export function decodesOrThrows(
  codec: CodecLike,
  bytes: Bytes,
  form: string | undefined,
): { readonly value: unknown } | undefined {
  const begun = performance.now()
  const before = new Set(Reflect.ownKeys(Object.prototype))
  const decoded = attempt(() => codec.decode(bytes, form))
  if (performance.now() - begun > SLOW_MS)
    throw new Broken({ expected: 'an answer at once', got: 'one after a second' })
  const added = Reflect.ownKeys(Object.prototype).filter((name) => !before.has(name))
  for (const name of added) Reflect.deleteProperty(Object.prototype, name)
  if (added.length > 0) throw new Broken({ expected: 'damage', got: 'a change to every object of the process' })
  if (decoded !== undefined && !isValue(decoded.value)) {
    throw new Broken({ expected: 'a failure, or a value', got: brief(decoded.value) })
  }
  return decoded
}

/** Whatever is thrown at damaged bytes says that they are damaged. */
function attempt<T>(run: () => T): { readonly value: T } | undefined {
  try {
    return { value: run() }
  } catch {
    return undefined
  }
}

function isValue(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol' && !(value instanceof Promise)
}
