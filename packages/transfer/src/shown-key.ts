/** Keys may be long and may be secrets: errors show their beginning alone. */
export function shownKey(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key)
}
