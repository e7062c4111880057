import { checkOptions, RULES } from '@cachette/core'
import { answers, Group, orStop, repeat } from './group.js'
import { LOOPBACK } from './ports.js'
import { type LocalRedis, quoted, type RedisServer, startRedis } from './redis.js'
import { fieldsIn, listIn } from './resp.js'
import { failed, until } from './until.js'

export interface SentinelOptions {
  /** Default 1. */
  readonly replicas?: number | undefined
  /** More than half of them have to agree before a master is replaced. Default 1. */
  readonly sentinels?: number | undefined
  /** Of the master and its replicas; the sentinels ask for none. Default: none. */
  readonly password?: string | undefined
  /** How long a master is silent before a sentinel takes it for dead. Default 1000. */
  readonly downAfterMs?: number | undefined
  /** For all of it to be ready, and for each failover. Default 20 000. */
  readonly withinMs?: number | undefined
}

const DEFAULTS = { replicas: 1, sentinels: 1, downAfterMs: 1_000, withinMs: 20_000 } as const

/** The name under which clients ask sentinels for the master. */
const MASTER_NAME = 'mymaster'

/** A master, its replicas, and sentinels that watch over them. */
export interface RedisSentinel extends AsyncDisposable {
  readonly masterName: string
  /** The master that it began with, then its replicas. */
  readonly nodes: readonly RedisServer[]
  readonly sentinels: readonly RedisServer[]
  /** The master of now, as the first sentinel that runs has it. */
  master(): Promise<RedisServer>
  /**
   * Another master, and until it has taken over: agreed with the old one, or after it was killed, or frozen with its
   * connections open. Gives the new one.
   */
  failover(how?: 'agreed' | 'kill' | 'pause'): Promise<RedisServer>
  stop(): Promise<void>
}

/** Starts a master with replicas, and sentinels that have found them all. */
export async function redisSentinel(options: SentinelOptions = {}): Promise<RedisSentinel> {
  checkOptions('redisSentinel', options, {
    replicas: RULES.positiveInteger,
    sentinels: RULES.positiveInteger,
    password: RULES.text,
    downAfterMs: RULES.positiveMs,
    withinMs: RULES.positiveMs,
  })
  const group = new Group<LocalRedis>()
  return orStop(group, () => start(group, options))
}

async function start(group: Group<LocalRedis>, options: SentinelOptions): Promise<RedisSentinel> {
  const { replicas = DEFAULTS.replicas, sentinels: count = DEFAULTS.sentinels, password } = options
  const { downAfterMs = DEFAULTS.downAfterMs, withinMs = DEFAULTS.withinMs } = options
  const login = password === undefined ? [] : [`masterauth ${quoted(password)}`]
  const common = ['repl-diskless-sync-delay 0', ...login]

  const [master] = await group.start([startRedis({ password }, { lines: common })])
  if (master === undefined) throw failed('the master was not started')
  const replicaOf = [...common, `replicaof ${LOOPBACK} ${master.port}`]
  const followers = await group.start(repeat(replicas, () => startRedis({ password }, { lines: replicaOf })))
  const waiting = { withinMs, log: () => group.log }
  // Before the sentinels look for the first time: until they look again, ten seconds may pass.
  await until('replicas to follow their master', () => allFollow(followers), waiting)

  const lines = watching(master, password, downAfterMs, Math.floor(count / 2) + 1)
  const sentinels = await group.start(repeat(count, () => startRedis({}, { lines, isSentinel: true })))
  const found = (): Promise<true | undefined> => allFound(sentinels, replicas)
  await until('sentinels to find the replicas and each other', found, waiting)
  return new Sentinels(group, [master, ...followers], sentinels, withinMs)
}

function watching(master: RedisServer, password: string | undefined, downAfterMs: number, quorum: number): string[] {
  return [
    `sentinel monitor ${MASTER_NAME} ${LOOPBACK} ${master.port} ${quorum}`,
    `sentinel down-after-milliseconds ${MASTER_NAME} ${downAfterMs}`,
    `sentinel failover-timeout ${MASTER_NAME} 2000`,
    `sentinel parallel-syncs ${MASTER_NAME} 1`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${MASTER_NAME} ${quoted(password)}`]),
  ]
}

async function allFollow(replicas: readonly RedisServer[]): Promise<true | undefined> {
  const roles = await Promise.all(replicas.map((replica) => replica.command('ROLE')))
  return roles.every((role) => listIn(role)[3] === 'connected') ? true : undefined
}

/** A sentinel that does not know a replica well has nothing to put in a dead master's place. */
async function allFound(sentinels: readonly RedisServer[], replicas: number): Promise<true | undefined> {
  const views = await Promise.all(
    sentinels.map(async (sentinel) => ({
      master: fieldsIn(await sentinel.command('SENTINEL', 'MASTER', MASTER_NAME)),
      known: listIn(await sentinel.command('SENTINEL', 'REPLICAS', MASTER_NAME)).map(fieldsIn),
    })),
  )
  const isComplete = views.every(
    ({ master, known }) =>
      master.get('flags') === 'master' &&
      master.get('num-other-sentinels') === `${sentinels.length - 1}` &&
      known.length === replicas &&
      known.every((replica) => replica.get('flags') === 'slave' && replica.get('master-link-status') === 'ok'),
  )
  return isComplete ? true : undefined
}

class Sentinels implements RedisSentinel {
  readonly masterName = MASTER_NAME
  readonly nodes: readonly RedisServer[]
  readonly sentinels: readonly RedisServer[]
  readonly #group: Group<LocalRedis>
  readonly #withinMs: number

  constructor(
    group: Group<LocalRedis>,
    nodes: readonly RedisServer[],
    sentinels: readonly RedisServer[],
    withinMs: number,
  ) {
    this.#group = group
    this.nodes = nodes
    this.sentinels = sentinels
    this.#withinMs = withinMs
  }

  async master(): Promise<RedisServer> {
    const [, port] = listIn(await this.#asked().command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER_NAME))
    const master = this.nodes.find((node) => node.port === Number(port))
    if (master === undefined) throw failed(`no server here is the master: port ${String(port)}`)
    return master
  }

  async failover(how: 'agreed' | 'kill' | 'pause' = 'agreed'): Promise<RedisServer> {
    const old = await this.master()
    if (how === 'kill') await old.kill()
    else if (how === 'pause') old.pause()
    else await this.#asked().command('SENTINEL', 'FAILOVER', MASTER_NAME)
    const replaced = async (): Promise<RedisServer | undefined> => {
      const master = await this.master()
      if (master === old) return undefined
      const role = await master.command('ROLE')
      return listIn(role)[0] === 'master' ? master : undefined
    }
    const log = (): string => this.#group.log
    return until('a failover to another master', replaced, { withinMs: this.#withinMs, log })
  }

  async stop(): Promise<void> {
    await this.#group.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #asked(): RedisServer {
    const sentinel = this.sentinels.find(answers)
    if (sentinel === undefined) throw failed('no sentinel is there that would answer')
    return sentinel
  }
}
