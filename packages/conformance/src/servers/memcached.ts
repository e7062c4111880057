import { checkOptions, RULES } from '@cachette/core'
import { type Kind, LocalServer, type Server } from './local-server.js'
import { type Login, statistics } from './memcached-wire.js'
import { LOOPBACK } from './ports.js'
import type { Command } from './process.js'
import { located } from './programs.js'
import { saslIn } from './sasl.js'

export interface MemcachedOptions {
  /** For items. It drops some before this is full: take more than you need. Default 64. */
  readonly memoryMb?: number | undefined
  /** The one user who may log in, by PLAIN; such a server speaks the binary protocol alone. Default: no login. */
  readonly sasl?: Login | undefined
  /** Anything else of its command line: `['-I', '2m']` for items of two MiB. */
  readonly args?: readonly string[] | undefined
  /** For each start, until it answers. Default 10 000. */
  readonly startWithinMs?: number | undefined
}

const DEFAULTS = { memoryMb: 64, startWithinMs: 10_000 } as const
const PROBED_WITHIN_MS = 1_000

/** A `memcached` that this process has started. */
export interface MemcachedServer extends Server {
  readonly sasl: Login | undefined
  /** What it counts: `curr_items`, `evictions`, `cmd_get` and so on. */
  statistics(): Promise<ReadonlyMap<string, string>>
  /** Ends it, and starts it again on the same port; it is empty then. */
  restart(): Promise<void>
}

/** Starts a `memcached` on a free port of 127.0.0.1; for several, call it several times. */
export async function memcachedServer(options: MemcachedOptions = {}): Promise<MemcachedServer> {
  checkOptions('memcachedServer', options, {
    memoryMb: RULES.positiveInteger,
    sasl: RULES.object,
    args: RULES.list,
    startWithinMs: RULES.positiveMs,
  })
  if (options.sasl !== undefined) {
    checkOptions('memcachedServer sasl', options.sasl, { user: RULES.text, password: RULES.text })
  }
  const server = new LocalMemcached(options)
  await server.start()
  return server
}

class LocalMemcached extends LocalServer implements MemcachedServer {
  readonly sasl: Login | undefined

  constructor(options: MemcachedOptions) {
    super(kindOf(options))
    this.sasl = options.sasl
  }

  async statistics(): Promise<ReadonlyMap<string, string>> {
    return statistics(this.port, this.sasl, PROBED_WITHIN_MS)
  }

  async restart(): Promise<void> {
    await this.relaunch()
  }
}

function kindOf(options: MemcachedOptions): Kind {
  const { memoryMb = DEFAULTS.memoryMb, sasl, args = [] } = options
  const login = sasl === undefined ? [] : ['-S']
  // It does not run as root unless it is told to.
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : []
  const common = ['-v', '-l', LOOPBACK, '-U', '0', '-m', `${memoryMb}`, ...login, ...user, ...args]
  return {
    name: 'memcached',
    alsoPorts: [],
    startWithinMs: options.startWithinMs ?? DEFAULTS.startWithinMs,
    command: async (port, folder): Promise<Command> => {
      const env = sasl === undefined ? undefined : await saslIn(folder, sasl)
      return { file: await located('memcached'), args: [...common, '-p', `${port}`], folder, env }
    },
    whoAnswers: async (port) => Number((await statistics(port, sasl, PROBED_WITHIN_MS)).get('pid')),
  }
}
