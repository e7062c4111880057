import { type DamageOptions, damageCopies } from './crash/damage.js'
import { troubleDisk } from './crash/disk.js'
import { type CrashOptions, killAgainAndAgain } from './crash/kills.js'
import type { ProcessOptions } from './crash/options.js'
import { type SharingOptions, shareAmongMany } from './crash/processes.js'
import type { Report } from './results.js'

export { DAMAGE_DEFAULTS, DAMAGE_LAWS, type DamageOptions } from './crash/damage.js'
export { DISK_LAWS } from './crash/disk.js'
export { CRASH_DEFAULTS, CRASH_LAWS, type CrashOptions } from './crash/kills.js'
export { type CrashProgress, PROCESS_DEFAULTS, type ProcessOptions } from './crash/options.js'
export { SHARING_DEFAULTS, SHARING_LAWS, type SharingOptions } from './crash/processes.js'
export type { CrashSubject } from './crash/subject.js'

/** What children run. It lies beside this file, as all that is built does. */
const PROGRAM = new URL('./cli.js', import.meta.url)

/** Holds a store to L3, and to B4 and S1 where they apply, by killing processes that write to it. */
export function checkCrash(options: CrashOptions): Promise<Report> {
  return killAgainAndAgain(options, PROGRAM)
}

/** Holds a store to F1 and F2, by damaging the files of copies of it. */
export function checkDamage(options: DamageOptions): Promise<Report> {
  return damageCopies(options, PROGRAM)
}

/** Holds a store to P1, F1, F2 and F3, on a disk that is full and on one that may only be read. */
export function checkDisk(options: ProcessOptions): Promise<Report> {
  return troubleDisk(options, PROGRAM)
}

/** Holds a shared store to O2, C5 and R1, with several processes and threads at once. */
export function checkSharing(options: SharingOptions): Promise<Report> {
  return shareAmongMany(options, PROGRAM)
}
