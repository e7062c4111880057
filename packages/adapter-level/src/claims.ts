/** Copies of this package in one process agree through the registry of symbols, workers each have their own. */
const CLAIMS: unique symbol = Symbol.for('cachette.level.claims')

/**
 * The real paths whose databases this process has open. A second attempt of LevelDB's own is more than useless: it
 * fails, and lets go of the lock that the first one holds against other processes.
 */
const place: typeof globalThis & { [CLAIMS]?: Set<string> } = globalThis
place[CLAIMS] ??= new Set()
export const claims: Set<string> = place[CLAIMS]
