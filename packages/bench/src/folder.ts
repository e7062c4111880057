import { fileURLToPath } from 'node:url'

/** This package's folder; both the sources here and what is built of them lie one folder below it. */
export const packageFolder: string = fileURLToPath(new URL('..', import.meta.url))
