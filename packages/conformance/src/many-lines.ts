/** Code that stands in a failure for calls over many keys, which nobody would read one by one. */

/** Puts so many keys that begin so, each by itself. */
export function putsMany(prefix: string, count: number): string {
  return `for (let i = 0; i < ${count}; i++) await store.write([put(\`${prefix}\${i}\`)], call())`
}

/** Tells how many of them are missing. */
export function missingOf(prefix: string, count: number): string {
  const keys = `Array.from({ length: ${count} }, (_, i) => \`${prefix}\${i}\`)`
  return `console.log((await store.read(${keys}, call())).filter((found) => found === undefined).length)`
}
