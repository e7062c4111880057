import type { LawId } from '@cachette/core'
import {
  CRASH_LAWS,
  checkCrash,
  checkDamage,
  checkDisk,
  checkSharing,
  DAMAGE_LAWS,
  DISK_LAWS,
  type ProcessOptions,
  SHARING_LAWS,
} from './crash.js'
import { invalid } from './options.js'
import type { Report } from './results.js'

/** The checks in processes of their own, by name. */
export const CRASH_CHECKS = ['kills', 'damage', 'disk', 'sharing'] as const

export type CrashCheck = (typeof CRASH_CHECKS)[number]

/** The options of all of them; each takes its own. */
export interface CrashSuiteOptions extends ProcessOptions {
  /** How often a process is killed. Default 20. */
  readonly kills?: number | undefined
  /** How many damaged copies are opened. Default 40. */
  readonly damages?: number | undefined
  /** How many processes share a path. Default 3. */
  readonly processes?: number | undefined
  /** How many threads of one more process do too. Default 2. */
  readonly threads?: number | undefined
  /** For how long they do. Default 1,500. */
  readonly durationMs?: number | undefined
}

export interface SuitePart {
  readonly title: string
  readonly laws: readonly LawId[]
  run(options: CrashSuiteOptions): Promise<Report>
}

const PARTS: Readonly<Record<CrashCheck, SuitePart>> = {
  kills: {
    title: 'killed again and again',
    laws: CRASH_LAWS,
    run: (options) => checkCrash({ ...common(options), kills: options.kills }),
  },
  damage: {
    title: 'with damaged files',
    laws: DAMAGE_LAWS,
    run: (options) => checkDamage({ ...common(options), damages: options.damages }),
  },
  disk: {
    title: 'on a full disk, and on one that may only be read',
    laws: DISK_LAWS,
    run: (options) => checkDisk(common(options)),
  },
  sharing: {
    title: 'shared by several processes and threads',
    laws: SHARING_LAWS,
    run: (options) => {
      const { processes, threads, durationMs } = options
      return checkSharing({ ...common(options), processes, threads, durationMs })
    },
  },
}

/** What all of them take. A name that none of them knows is left to be refused. */
function common({ kills, damages, processes, threads, durationMs, ...others }: CrashSuiteOptions): ProcessOptions {
  return others
}

/** The checks of these names; all where none is named. */
export function partsOf(names: readonly string[] = CRASH_CHECKS): readonly SuitePart[] {
  return names.map((name) => {
    if (!isCheck(name)) throw invalid(`expected some of ${CRASH_CHECKS.join(', ')}, got ${name}`)
    return PARTS[name]
  })
}

function isCheck(name: string): name is CrashCheck {
  return Object.hasOwn(PARTS, name)
}
