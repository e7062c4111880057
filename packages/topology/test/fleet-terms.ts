/** How many keys each process of a fleet changes. */
export const KEYS = 4

/** How long a copy is trusted where no word of changes comes: no read may be further behind an answered change. */
export const TTL_MS = 250
