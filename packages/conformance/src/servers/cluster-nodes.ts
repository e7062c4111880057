import { LOOPBACK } from './ports.js'
import type { LocalRedis } from './redis.js'
import { failed, until, type Waiting } from './until.js'

export const SLOTS = 16_384

export interface ClusterNode {
  readonly server: LocalRedis
  readonly id: string
}

export interface Formation {
  readonly masters: number
  readonly waiting: Waiting
}

/** Makes a cluster of servers that do not know each other: the first become masters, the rest their replicas. */
export async function form(servers: readonly LocalRedis[], formation: Formation): Promise<readonly ClusterNode[]> {
  const { masters, waiting } = formation
  await share(servers.slice(0, masters))
  const [first, ...others] = servers
  if (first === undefined) throw failed('a cluster needs nodes')
  await first.commands(others.map(({ port }) => ['CLUSTER', 'MEET', LOOPBACK, `${port}`]))
  await until('the nodes of a cluster to meet', () => all(servers, 'INFO', knows(servers.length)), waiting)

  const nodes = await Promise.all(servers.map(identified))
  await Promise.all(
    nodes.slice(masters).map(async ({ server }, index) => {
      const master = nodes[index % masters]
      if (master === undefined) throw failed('a replica needs a master')
      const follow = async (): Promise<true> => {
        await server.command('CLUSTER', 'REPLICATE', master.id)
        return true
      }
      await until(`the node on port ${server.port} to know its master`, follow, waiting)
    }),
  )
  await until('a cluster to serve all slots', () => all(servers, 'INFO', /^cluster_state:ok/m), waiting)
  await until('replicas to follow their masters', () => followed(nodes, masters), waiting)
  return nodes
}

/** All slots, in equal parts; and an epoch each, so that they need not agree on one first. */
async function share(masters: readonly LocalRedis[]): Promise<void> {
  const bound = (index: number): number => Math.round((index * SLOTS) / masters.length)
  await Promise.all(
    masters.map((server, index) =>
      server.commands([
        ['CLUSTER', 'ADDSLOTSRANGE', `${bound(index)}`, `${bound(index + 1) - 1}`],
        ['CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`],
      ]),
    ),
  )
}

function knows(nodes: number): RegExp {
  return new RegExp(`^cluster_known_nodes:${nodes}\\r?$`, 'm')
}

async function identified(server: LocalRedis): Promise<ClusterNode> {
  return { server, id: String(await server.command('CLUSTER', 'MYID')) }
}

/** Every replica in step, and every node aware of it: a failover needs both. */
async function followed(nodes: readonly ClusterNode[], masters: number): Promise<true | undefined> {
  const replicas = nodes.slice(masters)
  const infos = await Promise.all(replicas.map(({ server }) => server.command('INFO', 'replication')))
  if (!infos.every((info) => /^master_link_status:up/m.test(String(info)))) return undefined
  const roles = replicas.map(({ id }) => new RegExp(`^${id} \\S+ (myself,)?slave `, 'm'))
  const servers = nodes.map(({ server }) => server)
  const seen = await Promise.all(roles.map((role) => all(servers, 'NODES', role)))
  return seen.every(Boolean) ? true : undefined
}

async function all(servers: readonly LocalRedis[], what: 'INFO' | 'NODES', text: RegExp): Promise<true | undefined> {
  const answers = await Promise.all(servers.map((server) => server.command('CLUSTER', what)))
  return answers.every((answer) => text.test(String(answer))) ? true : undefined
}
