import { checkOptions, oneOf, RULES, type Rule, type Rules } from '@cachette/core'
import { type Settings, settle } from '../settings.js'

export type LogLevel = 'off' | 'debug' | 'info' | 'warn' | 'error'

/** What there may be a line about. */
export type LogEvent =
  /** A call failed, and trying again is no use. */
  | 'failure'
  /** A call failed in a way that may pass, or its caller gave it up. */
  | 'passing'
  /** A call took `slowMs` or longer. */
  | 'slow'
  /** A load failed, or what it gave could not be stored. */
  | 'loadFailure'
  /** A load ended well. */
  | 'load'
  /** A failure that nobody was given: it was made up for, or happened in the background. */
  | 'reported'
  | 'damage'
  | 'evict'
  | 'invalidate'
  | 'refresh'
  | 'close'

/** What the console is, and most loggers are. */
export interface Logger {
  debug(message: string, facts: object): void
  info(message: string, facts: object): void
  warn(message: string, facts: object): void
  error(message: string, facts: object): void
}

/** What can change while it runs. */
export interface LoggingSettings {
  /** How loud each event is. Default: `failure` is an error; `passing`, `slow`, `loadFailure`, `reported` and `damage` are warnings; all else is off. */
  readonly levels?: Readonly<Partial<Record<LogEvent, LogLevel>>> | undefined
  /** From how long on a call is slow; ready answers never are. Default 100. */
  readonly slowMs?: number | undefined
  /** Whether the first keys of a call are written down, or what a function makes of each. Default not: how many alone. */
  readonly keys?: boolean | ((key: string) => string) | undefined
  /** Whether the words of an error are written down, which may quote keys, and of a driver's error even values. Default not. */
  readonly messages?: boolean | undefined
}

export interface LoggingOptions extends LoggingSettings {
  /** Where lines go. Default the console. */
  readonly logger?: Logger | undefined
}

export interface LoggingDefaults extends Settings<LoggingSettings> {
  readonly levels: Readonly<Record<LogEvent, LogLevel>>
}

export const LOGGING_DEFAULTS: LoggingDefaults = {
  levels: {
    failure: 'error',
    passing: 'warn',
    slow: 'warn',
    loadFailure: 'warn',
    load: 'off',
    reported: 'warn',
    damage: 'warn',
    evict: 'off',
    invalidate: 'off',
    refresh: 'off',
    close: 'off',
  },
  slowMs: 100,
  keys: false,
  messages: false,
}

const LEVEL: Rule = /* @__PURE__ */ oneOf('off', 'debug', 'info', 'warn', 'error')

const LEVELS_RULES: Rules<Record<LogEvent, LogLevel>> = {
  failure: LEVEL,
  passing: LEVEL,
  slow: LEVEL,
  loadFailure: LEVEL,
  load: LEVEL,
  reported: LEVEL,
  damage: LEVEL,
  evict: LEVEL,
  invalidate: LEVEL,
  refresh: LEVEL,
  close: LEVEL,
}

const SETTINGS_RULES: Rules<LoggingSettings> = {
  levels: RULES.object,
  slowMs: RULES.positiveMs,
  keys: {
    expected: 'true, false or a function',
    accepts: (value) => RULES.boolean.accepts(value) || RULES.run.accepts(value),
  },
  messages: RULES.boolean,
}

const LOGGER: Rule = {
  expected: 'a logger { debug, info, warn, error }',
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['debug', 'info', 'warn', 'error'].every((name) => typeof (value as Record<string, unknown>)[name] === 'function'),
}

export const OPTION_RULES: Rules<LoggingOptions> = { ...SETTINGS_RULES, logger: LOGGER }

/** The settings with what is given in its place, and of the levels those that are. */
export function settled(owner: string, current: LoggingDefaults, given: LoggingSettings): LoggingDefaults {
  const levels = settle(
    `${owner}, levels`,
    current.levels,
    checkOptions(owner, given, SETTINGS_RULES).levels ?? {},
    LEVELS_RULES,
  )
  return { ...settle(owner, current, given, SETTINGS_RULES), levels }
}
