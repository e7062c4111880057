import type { CrashSubject } from '@cachette/conformance/crash'
import { lmdb } from '../src/index.js'

export const crashSubject: CrashSubject = { name: 'lmdb', open: (path) => lmdb({ path }) }

/** As processes that sweep all the time. */
export const sweepingSubject: CrashSubject = { name: 'lmdb, sweeping', open: (path) => lmdb({ path, sweepMs: 5 }) }
