import { readdirSync } from 'node:fs'
import type { CrashSubject } from '@cachette/conformance/crash'
import { files } from '../src/index.js'
import { Layout } from '../src/layout.js'

/** It sweeps all the time, so that reclaiming is under way whatever else happens. */
export const crashSubject: CrashSubject = {
  name: 'files',
  open: (path) => files({ path, sweepMs: 5 }),
  // What this very process is about to write is no leftover. The trash is emptied in the background.
  leftovers: (path) => readdirSync(new Layout(path).claims).filter((name) => !name.includes(`-${process.pid}-`)),
}
