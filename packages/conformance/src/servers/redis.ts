import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkOptions, RULES, type Rules } from '@cachette/core'
import { type Kind, LocalServer, type Server } from './local-server.js'
import { LOOPBACK } from './ports.js'
import type { Command } from './process.js'
import { located } from './programs.js'
import { converse, type RedisAddress, type Reply } from './resp.js'
import { type Certificate, certificateIn } from './tls.js'

export interface RedisOptions {
  /** Asked of clients. Default: none. */
  readonly password?: string | undefined
  /** Takes connections over TLS alone; `ca` is what clients have to trust. Default false. */
  readonly tls?: boolean | undefined
  /** Keeps what it has acknowledged over a kill and a restart. Default false: a restarted server is empty. */
  readonly persistent?: boolean | undefined
  /** Anything else, as it stands in `redis.conf`: `{ maxmemory: '8mb', 'maxmemory-policy': 'allkeys-lru' }`. */
  readonly config?: Readonly<Record<string, string>> | undefined
  /** For each start, until it answers. Default 10 000. */
  readonly startWithinMs?: number | undefined
}

const REDIS_DEFAULTS = { tls: false, persistent: false, startWithinMs: 10_000 } as const

/** A `redis-server` that this process has started. */
export interface RedisServer extends Server {
  /** With the password, if there is one: `redis://…`, or `rediss://…` over TLS. */
  readonly url: string
  readonly password: string | undefined
  /** The certificate of its own authority, where it speaks TLS. */
  readonly ca: string | undefined
  /** One command over a connection of its own. An error reply is thrown. */
  command(...command: readonly string[]): Promise<Reply>
  /** Ends it, and starts it again on the same port. `empty`: without what it has kept. */
  restart(options?: { readonly empty?: boolean | undefined }): Promise<void>
}

const REDIS_RULES: Rules<RedisOptions> = {
  password: RULES.text,
  tls: RULES.boolean,
  persistent: RULES.boolean,
  config: RULES.object,
  startWithinMs: RULES.positiveMs,
}

/** Starts a `redis-server` on a free port of 127.0.0.1. */
export async function redisServer(options: RedisOptions = {}): Promise<RedisServer> {
  return startRedis(checkOptions('redisServer', options, REDIS_RULES))
}

/** What the servers of a group have and single ones have not. */
export interface Role {
  /** Lines of its configuration. */
  readonly lines?: readonly string[] | undefined
  readonly isSentinel?: boolean | undefined
  /** Other ports that it needs, by how far they are above its own. */
  readonly alsoPorts?: readonly number[] | undefined
}

export async function startRedis(options: RedisOptions, role: Role = {}): Promise<LocalRedis> {
  const server = new LocalRedis(options, role)
  await server.start()
  return server
}

const CONFIG_FILE = 'redis.conf'

/** What a persistent server keeps is in these; a cluster's node keeps who it is elsewhere. */
const DATA = ['appendonlydir', 'dump.rdb']

export class LocalRedis extends LocalServer implements RedisServer {
  readonly password: string | undefined
  readonly #certificate: Keeper

  constructor(options: RedisOptions, role: Role) {
    const certificate = new Keeper()
    super(kindOf(options, role, certificate))
    this.password = options.password
    this.#certificate = certificate
  }

  get ca(): string | undefined {
    return this.#certificate.held?.ca
  }

  get url(): string {
    const scheme = this.ca === undefined ? 'redis' : 'rediss'
    const login = this.password === undefined ? '' : `:${encodeURIComponent(this.password)}@`
    return `${scheme}://${login}${this.host}:${this.port}`
  }

  async command(...command: readonly string[]): Promise<Reply> {
    const [reply = null] = await this.commands([command])
    return reply
  }

  /** Over one connection. */
  async commands(commands: readonly (readonly string[])[]): Promise<readonly Reply[]> {
    return converse(this, commands)
  }

  async restart({ empty = false }: { readonly empty?: boolean | undefined } = {}): Promise<void> {
    await this.kill()
    if (empty) await Promise.all(DATA.map((name) => rm(join(this.folder, name), { recursive: true, force: true })))
    await this.relaunch()
  }
}

/** Made when the server is started first, since it lies in its folder. */
class Keeper {
  held: Certificate | undefined
}

function kindOf(options: RedisOptions, role: Role, certificate: Keeper): Kind {
  const { password, tls = REDIS_DEFAULTS.tls, startWithinMs = REDIS_DEFAULTS.startWithinMs } = options
  let writtenFor: number | undefined
  return {
    name: role.isSentinel === true ? 'redis-sentinel' : 'redis-server',
    alsoPorts: role.alsoPorts ?? [],
    startWithinMs,
    command: async (port, folder): Promise<Command> => {
      if (tls) certificate.held ??= await certificateIn(folder)
      // Once: sentinels write into it what has become of a server, and of themselves.
      if (writtenFor !== port) {
        await writeFile(join(folder, CONFIG_FILE), configuration(port, options, role, certificate.held))
        writtenFor = port
      }
      const args = role.isSentinel === true ? [CONFIG_FILE, '--sentinel'] : [CONFIG_FILE]
      return { file: await located('redis-server'), args, folder }
    },
    whoAnswers: (port) => processId({ port, password, ca: certificate.held?.ca }),
  }
}

function configuration(
  port: number,
  { password, persistent, config = {} }: RedisOptions,
  { lines = [], isSentinel = false }: Role,
  certificate: Certificate | undefined,
): string {
  const listening =
    certificate === undefined
      ? [`port ${port}`]
      : [
          'port 0',
          `tls-port ${port}`,
          `tls-cert-file ${quoted(certificate.certificateFile)}`,
          `tls-key-file ${quoted(certificate.keyFile)}`,
          `tls-ca-cert-file ${quoted(certificate.certificateFile)}`,
          'tls-auth-clients no',
        ]
  const keeping = persistent === true ? ['appendonly yes', 'appendfsync always'] : ['appendonly no']
  const login = password === undefined ? [] : [`requirepass ${quoted(password)}`]
  const data = isSentinel ? [] : ['save ""', ...keeping]
  const own = Object.entries(config).map(([name, value]) => `${name} ${value}`)
  return `${[`bind ${LOOPBACK}`, ...listening, ...login, ...data, ...lines, ...own].join('\n')}\n`
}

/** As redis.conf reads it. */
export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`
}

async function processId(address: RedisAddress): Promise<number> {
  const [pong, info] = await converse(address, [['PING'], ['INFO', 'server']], PROBED_WITHIN_MS)
  const [, id] = /^process_id:(\d+)/m.exec(String(info)) ?? []
  return pong === 'PONG' ? Number(id) : 0
}

const PROBED_WITHIN_MS = 1_000
