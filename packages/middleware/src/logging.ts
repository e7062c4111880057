/**
 * Writes a line for what fails, is slow, or is told by the cache: to the console, or to any logger shaped like it.
 * Never a value; keys only where they are asked for; and no words of a driver's error, which may quote either.
 *
 * Stands outermost, beside `stats` and `tracing`. Inside `retry` it would tell of attempts that are made up for; inside
 * `failOpen`, of failures that nobody was given. Both may be what is wanted: there may be one in each place.
 *
 * Costs little for a ready answer, which is not timed, and a look at the clock for one that comes later. A logger that
 * throws disturbs nobody: what it has lost is counted.
 */

import { type AnyLayer, checkOptions, type Host, type Store, type Verbs } from '@cachette/core'
import { LogBook } from './logging/book.js'
import {
  LOGGING_DEFAULTS,
  type LoggingOptions,
  type LoggingSettings,
  OPTION_RULES,
  settled,
} from './logging/options.js'
import { observing } from './observing.js'
import type { Settings } from './settings.js'

export {
  LOGGING_DEFAULTS,
  type LogEvent,
  type Logger,
  type LoggingDefaults,
  type LoggingOptions,
  type LoggingSettings,
  type LogLevel,
} from './logging/options.js'

export interface Logging extends AnyLayer {
  readonly settings: Settings<LoggingSettings>
  /** How many lines the logger threw at. */
  readonly lost: number
  /** Changes what is given, all or nothing. Of `levels`, those that are named. */
  configure(settings: LoggingSettings): void
}

export function logging(options: LoggingOptions = {}): Logging {
  const { logger = console, ...given } = checkOptions('logging', options, OPTION_RULES)
  const book = new LogBook(logger, settled('logging', LOGGING_DEFAULTS, given))
  return {
    name: 'logging',
    state: 'shared',
    wrap<V>(next: Store<V>, host: Host): Verbs<V> {
      return observing('logging', next, host, book.open(next.name, host))
    },
    get settings() {
      return book.settings
    },
    get lost() {
      return book.lost
    },
    configure(settings) {
      book.settings = settled('logging.configure', book.settings, settings)
    },
  }
}
