/** Changes a value that was read, at its outermost; false where it cannot be changed. */
export function spoil(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.push('changed') > 0
  if (value instanceof Uint8Array) {
    value.fill(0xee)
    return value.length > 0
  }
  if (value instanceof Map) value.set('changed', 'changed')
  else if (value instanceof Set) value.add('changed')
  else if (value instanceof Date) value.setTime(1)
  else return Reflect.set(value, 'changed', 'changed')
  return true
}
