import { checkOptions, RULES } from '@cachette/core'
import { type ClusterNode, type Formation, form, SLOTS } from './cluster-nodes.js'
import { answers, Group, orStop, repeat } from './group.js'
import { BUS_DISTANCE } from './ports.js'
import { type LocalRedis, quoted, type RedisServer, startRedis } from './redis.js'
import { listIn } from './resp.js'
import { failed, until } from './until.js'

export interface ClusterOptions {
  /** Three at least. Default 3. */
  readonly masters?: number | undefined
  /** Of each master. Default 1. */
  readonly replicas?: number | undefined
  /** Of every node. Default: none. */
  readonly password?: string | undefined
  /** How long a node is silent before the others take it for dead. Default 2000. */
  readonly nodeTimeoutMs?: number | undefined
  /** For every node, as it stands in `redis.conf`. */
  readonly config?: Readonly<Record<string, string>> | undefined
  /** For all of it to be ready, and for each change. Default 20 000. */
  readonly withinMs?: number | undefined
}

const DEFAULTS = { masters: 3, replicas: 1, nodeTimeoutMs: 2_000, withinMs: 20_000 } as const

export interface RedisCluster extends AsyncDisposable {
  /** The masters that it began with, then their replicas. */
  readonly nodes: readonly RedisServer[]
  /** Of a key, hash tag and all. */
  slotOf(key: string): Promise<number>
  masterOf(slot: number): Promise<RedisServer>
  replicasOf(master: RedisServer): Promise<readonly RedisServer[]>
  /**
   * A replica in the place of the master: agreed between them, or after the master was killed, or frozen with its
   * connections open. Gives the replica once all know of it.
   */
  failover(master: RedisServer, how?: 'agreed' | 'kill' | 'pause'): Promise<RedisServer>
  /**
   * Moves a slot to another master, with its keys. `halfway` is awaited while one half of them lies here and the
   * other there, and clients are sent from one to the other.
   */
  migrateSlot(slot: number, to: RedisServer, halfway?: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

const RULES_OF_CLUSTERS = {
  masters: {
    expected: 'a whole number of at least three',
    accepts: (value: unknown) => Number.isInteger(value) && Number(value) >= 3,
  },
  replicas: {
    expected: 'a whole number of zero or more',
    accepts: (value: unknown) => Number.isInteger(value) && Number(value) >= 0,
  },
  password: RULES.text,
  nodeTimeoutMs: RULES.positiveInteger,
  config: RULES.object,
  withinMs: RULES.positiveMs,
} as const

/** Starts the nodes of a cluster, and makes them one: all slots are served, and every replica follows its master. */
export async function redisCluster(options: ClusterOptions = {}): Promise<RedisCluster> {
  checkOptions('redisCluster', options, RULES_OF_CLUSTERS)
  const { masters = DEFAULTS.masters, replicas = DEFAULTS.replicas, withinMs = DEFAULTS.withinMs } = options
  const { password, config, nodeTimeoutMs = DEFAULTS.nodeTimeoutMs } = options
  const lines = [
    'cluster-enabled yes',
    'cluster-config-file nodes.conf',
    `cluster-node-timeout ${nodeTimeoutMs}`,
    'repl-diskless-sync-delay 0',
    ...(password === undefined ? [] : [`masterauth ${quoted(password)}`]),
  ]
  const group = new Group<LocalRedis>()
  return orStop(group, async () => {
    const start = (): Promise<LocalRedis> => startRedis({ password, config }, { lines, alsoPorts: [BUS_DISTANCE] })
    const servers = await group.start(repeat(masters * (1 + replicas), start))
    const formation: Formation = { masters, waiting: { withinMs, log: () => group.log } }
    return new Cluster(group, await form(servers, formation), formation)
  })
}

const MIGRATED_WITHIN_MS = 5_000

class Cluster implements RedisCluster {
  readonly nodes: readonly RedisServer[]
  readonly #members: readonly ClusterNode[]
  readonly #group: Group<LocalRedis>
  readonly #formation: Formation

  constructor(group: Group<LocalRedis>, members: readonly ClusterNode[], formation: Formation) {
    this.#group = group
    this.#members = members
    this.#formation = formation
    this.nodes = members.map(({ server }) => server)
  }

  async slotOf(key: string): Promise<number> {
    return Number(await this.#asked().command('CLUSTER', 'KEYSLOT', key))
  }

  async masterOf(slot: number): Promise<RedisServer> {
    const ranges = listIn(await this.#asked().command('CLUSTER', 'SLOTS')).map(listIn)
    const range = ranges.find(([first, last]) => Number(first) <= slot && slot <= Number(last))
    const [, , master = null] = range ?? []
    const [, port] = listIn(master)
    const found = this.nodes.find((node) => node.port === Number(port))
    if (found === undefined) throw failed(`no node serves slot ${slot}: they are 0 to ${SLOTS - 1}`)
    return found
  }

  async replicasOf(master: RedisServer): Promise<readonly RedisServer[]> {
    const lines = listIn(await this.#asked().command('CLUSTER', 'REPLICAS', this.#member(master).id))
    return this.#members.filter(({ id }) => lines.some((line) => String(line).startsWith(id))).map((m) => m.server)
  }

  async failover(master: RedisServer, how: 'agreed' | 'kill' | 'pause' = 'agreed'): Promise<RedisServer> {
    const replicas = await this.replicasOf(master)
    const [replica] = replicas
    if (replica === undefined) throw failed(`the node on port ${master.port} has no replica`)
    if (how === 'kill') await master.kill()
    else if (how === 'pause') master.pause()
    else await replica.command('CLUSTER', 'FAILOVER')
    return until(
      `a replica to take the place of the node on port ${master.port}`,
      async () => {
        const heir = await firstMaster(replicas)
        return heir !== undefined && (await this.#allKnow(heir, master)) ? heir : undefined
      },
      this.#formation.waiting,
    )
  }

  async migrateSlot(slot: number, to: RedisServer, halfway?: () => Promise<void>): Promise<void> {
    const from = await this.masterOf(slot)
    if (from === to) return
    const [source, target] = [this.#member(from), this.#member(to)]
    await to.command('CLUSTER', 'SETSLOT', `${slot}`, 'IMPORTING', source.id)
    await from.command('CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', target.id)
    const count = Number(await from.command('CLUSTER', 'COUNTKEYSINSLOT', `${slot}`))
    const keys = listIn(await from.command('CLUSTER', 'GETKEYSINSLOT', `${slot}`, `${count}`)).map(String)
    const half = Math.ceil(keys.length / 2)
    await move(keys.slice(0, half), from, to)
    await halfway?.()
    // Others may have come, and some may have gone.
    const rest = listIn(await from.command('CLUSTER', 'GETKEYSINSLOT', `${slot}`, `${count + MORE_KEYS}`)).map(String)
    await move(rest, from, to)
    // First where the slot goes: a node that has given it away sends clients on at once.
    for (const node of [to, from]) await node.command('CLUSTER', 'SETSLOT', `${slot}`, 'NODE', target.id)
    const isKnown = async (): Promise<true | undefined> => ((await this.masterOf(slot)) === to ? true : undefined)
    await until(`slot ${slot} to be known in its new place`, isKnown, this.#formation.waiting)
  }

  async stop(): Promise<void> {
    await this.#group.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Every node that answers: who the master is now, and that the old one follows it, if it still can. */
  async #allKnow(heir: RedisServer, old: RedisServer): Promise<boolean> {
    const [master, follower] = [this.#member(heir).id, this.#member(old).id]
    const rules = [new RegExp(`^${master} \\S+ (myself,)?master `, 'm')]
    if (answers(old)) rules.push(new RegExp(`^${follower} \\S+ (myself,)?slave ${master} `, 'm'))
    const nodes = this.nodes.filter(answers)
    const views = await Promise.all(nodes.map((node) => node.command('CLUSTER', 'NODES')))
    const infos = await Promise.all(nodes.map((node) => node.command('CLUSTER', 'INFO')))
    return (
      views.every((view) => rules.every((rule) => rule.test(String(view)))) &&
      infos.every((info) => /^cluster_state:ok/m.test(String(info)))
    )
  }

  #member(server: RedisServer): ClusterNode {
    const member = this.#members.find((candidate) => candidate.server === server)
    if (member === undefined) throw failed(`the server on port ${server.port} is no node of this cluster`)
    return member
  }

  #asked(): RedisServer {
    const node = this.nodes.find(answers)
    if (node === undefined) throw failed('no node of the cluster is there that would answer')
    return node
  }
}

/** Keys that may come into a slot while its first half moves. */
const MORE_KEYS = 10_000

async function firstMaster(nodes: readonly RedisServer[]): Promise<RedisServer | undefined> {
  const roles = await Promise.all(nodes.map(async (node) => listIn(await node.command('ROLE'))[0]))
  return nodes[roles.indexOf('master')]
}

async function move(keys: readonly string[], from: RedisServer, to: RedisServer): Promise<void> {
  if (keys.length === 0) return
  const login = to.password === undefined ? [] : ['AUTH', to.password]
  const command = ['MIGRATE', to.host, `${to.port}`, '', '0', `${MIGRATED_WITHIN_MS}`, ...login, 'KEYS', ...keys]
  await from.command(...command)
}
