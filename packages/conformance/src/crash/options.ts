import { RULES, type Rule } from '@cachette/core'
import { invalid } from '../options.js'
import { inheritedArguments, type Program } from './spawn.js'
import { moduleUrl, type SubjectPlace } from './subject.js'

/** How far a check has come. */
export interface CrashProgress {
  readonly done: number
  readonly of: number
  /** In words, such as `kill 3: after 12 writes`. */
  readonly what: string
}

/** What all checks in processes of their own take. */
export interface ProcessOptions {
  /** The module that exports the subject: a URL, or a path. Node must be able to import it as it is. */
  readonly module: string | URL
  /** The export to check. Default `crashSubject`. */
  readonly exportName?: string | undefined
  /** Makes the same choices again. Default: others each time; every report says which. */
  readonly seed?: number | undefined
  /** How long a child may say nothing before it counts as hung. Default 10,000. */
  readonly patienceMs?: number | undefined
  /** For Node in the children, such as `['--import', 'tsx']`. Default: as this process was started. */
  readonly execArgv?: readonly string[] | undefined
  /** The kit's own program, for those who bundle the kit. Default: the one beside it. */
  readonly program?: string | URL | undefined
  /** Hears how far it has come. */
  readonly onProgress?: ((progress: CrashProgress) => void) | undefined
}

export interface ProcessSettings {
  readonly place: SubjectPlace
  readonly seed: number
  readonly patienceMs: number
  readonly program: Program
  readonly onProgress: (progress: CrashProgress) => void
}

export const PROCESS_DEFAULTS = { exportName: 'crashSubject', patienceMs: 10_000 } as const

const isModule: Rule = {
  expected: 'the URL or the path of a module',
  accepts: (value) => (typeof value === 'string' && value !== '') || value instanceof URL,
}

const INTEGER: Rule = { expected: 'a whole number', accepts: Number.isSafeInteger }

export const PROCESS_RULES = {
  module: isModule,
  exportName: RULES.text,
  seed: INTEGER,
  patienceMs: RULES.positiveMs,
  execArgv: RULES.list,
  program: isModule,
  onProgress: RULES.run,
} as const satisfies Record<string, Rule>

/** Of a check with options of its own: `rules` are those beside the common ones. */
export function parseProcessOptions(options: ProcessOptions, program: URL): ProcessSettings {
  const { module, exportName = PROCESS_DEFAULTS.exportName, patienceMs = PROCESS_DEFAULTS.patienceMs } = options
  if (module === undefined) throw invalid('module: expected the URL or the path of a module')
  return {
    place: { module: moduleUrl(module), exportName },
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 31),
    patienceMs,
    program: { url: moduleUrl(options.program ?? program), execArgv: options.execArgv ?? inheritedArguments() },
    onProgress: options.onProgress ?? (() => undefined),
  }
}
