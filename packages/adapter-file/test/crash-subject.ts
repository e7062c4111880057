import { readdirSync } from 'node:fs'
import type { CrashSubject } from '@cachette/conformance/crash'
import { files } from '../src/index.js'
import { Layout } from '../src/layout.js'

/** It sweeps all the time, so that reclaiming is under way whatever else happens. */
export const crashSubject: CrashSubject = {
  name: 'files',
  open: (path) => files({ path, sweepMs: 5 }),
  // What this very process is about to write is no leftover; the dead have another id.
  leftovers(path) {
    const { claims, trash } = new Layout(path)
    return [...readdirSync(claims), ...readdirSync(trash)].filter((name) => !name.includes(`-${process.pid}-`))
  },
}
