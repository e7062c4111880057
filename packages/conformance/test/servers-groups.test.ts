import { existsSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { type RedisCluster, type RedisSentinel, type RedisServer, redisCluster, redisSentinel } from '../src/servers.js'
import { exchange } from './support/text-client.js'

vi.setConfig({ testTimeout: 60_000 })

async function write(server: RedisServer, key: string): Promise<void> {
  expect(await server.command('SET', key, 'value')).toBe('OK')
}

function remains(servers: readonly RedisServer[]): readonly RedisServer[] {
  return servers.filter(({ running, folder }) => running || existsSync(folder))
}

describe.concurrent('Sentinel', () => {
  test('a master gives its place to its replica, with all that it holds', async () => {
    const group: RedisSentinel = await redisSentinel({ password: 'a secret', sentinels: 1 })
    try {
      const first = await group.master()
      const [, second] = group.nodes
      expect(group.nodes).toEqual([first, second])
      await write(first, 'key')
      expect(await first.command('WAIT', '1', '5000')).toBe(1)
      const heir = await group.failover()
      expect(heir).toBe(second)
      expect(await heir.command('GET', 'key')).toBe('value')
      await write(heir, 'other')
    } finally {
      await group.stop()
    }
    expect(remains([...group.nodes, ...group.sentinels])).toEqual([])
  })

  test('three of them agree that a killed one is gone; with none left, nobody can be asked', async () => {
    const group = await redisSentinel({ sentinels: 3, replicas: 2 })
    try {
      const old = await group.master()
      const heir = await group.failover('kill')
      expect(old.running).toBe(false)
      await write(heir, 'key')
      await Promise.all(group.sentinels.map((sentinel) => sentinel.kill()))
      await expect(group.master()).rejects.toThrow('no sentinel is there')
    } finally {
      await group.stop()
    }
  })

  test('a frozen master is replaced too, and answers again when it wakes', async () => {
    const group = await redisSentinel()
    try {
      const old = await group.master()
      expect(await group.failover('pause')).not.toBe(old)
      old.resume()
      expect(await old.command('PING')).toBe('PONG')
    } finally {
      await group.stop()
    }
  })
})

describe.concurrent('Cluster', () => {
  test('serves all slots, moves them, and survives its masters', async () => {
    const cluster = await redisCluster({ password: 'a secret' })
    try {
      expect(cluster.nodes.length).toBe(6)
      await slotsMove(cluster)
      await mastersChange(cluster)
    } finally {
      await cluster.stop()
    }
    expect(remains(cluster.nodes)).toEqual([])
  })

  test('a frozen master is replaced', async () => {
    const cluster = await redisCluster()
    try {
      const [old] = cluster.nodes
      if (old === undefined) throw new Error('no nodes')
      const heir = await cluster.failover(old, 'pause')
      expect([old.running, old.paused]).toEqual([true, true])
      expect(await cluster.masterOf(0)).toBe(heir)
      for (const node of cluster.nodes) node.pause()
      await expect(cluster.masterOf(0)).rejects.toThrow('no node of the cluster is there')
      old.resume()
      expect(old.paused).toBe(false)
    } finally {
      await cluster.stop()
    }
  })

  test('without replicas nobody takes a place', async () => {
    const cluster = await redisCluster({ replicas: 0, config: { 'cluster-require-full-coverage': 'no' } })
    try {
      const master = await cluster.masterOf(0)
      expect(await cluster.replicasOf(master)).toEqual([])
      await expect(cluster.failover(master)).rejects.toThrow('has no replica')
      await expect(cluster.masterOf(16_384)).rejects.toThrow('no node serves slot 16384')
      expect(await exchange(master.port, 'CLUSTER INFO\r\n', '\r\n')).toContain('cluster_state:ok')
    } finally {
      await cluster.stop()
    }
  })

  test('what cannot become one is refused', async () => {
    await expect(redisCluster({ masters: 2 })).rejects.toThrow('a whole number of at least three')
    await expect(redisCluster({ replicas: -1 })).rejects.toThrow('a whole number of zero or more')
    await expect(redisSentinel({ replicas: 0 })).rejects.toThrow('a positive whole number')
    await expect(redisCluster({ config: { nonsense: 'yes' } })).rejects.toThrow('Bad directive')
  })

  async function slotsMove(cluster: RedisCluster): Promise<void> {
    const slot = await cluster.slotOf('{tag}')
    expect(await cluster.slotOf('{tag}1')).toBe(slot)
    const from = await cluster.masterOf(slot)
    const to = await cluster.masterOf((slot + 6_000) % 16_384)
    const keys = Array.from({ length: 9 }, (_, index) => `{tag}${index}`)
    for (const key of keys) await write(from, key)

    const answers: string[] = []
    await cluster.migrateSlot(slot, to, async () => {
      for (const key of keys) answers.push(await from.command('GET', key).then(String, (error: Error) => error.message))
      await write(from, keys.find((_, index) => answers[index] === 'value') ?? '')
    })
    expect(answers.filter((answer) => answer === 'value').length).toBe(4)
    expect(answers.filter((answer) => answer.includes(`ASK ${slot} 127.0.0.1:${to.port}`)).length).toBe(5)
    for (const key of keys) expect(await to.command('GET', key)).toBe('value')
    await expect(from.command('GET', '{tag}1')).rejects.toThrow(`MOVED ${slot} 127.0.0.1:${to.port}`)
    await cluster.migrateSlot(slot, to)
  }

  async function mastersChange(cluster: RedisCluster): Promise<void> {
    const slot = await cluster.slotOf('key')
    const first = await cluster.masterOf(slot)
    await write(first, 'key')
    expect(await first.command('WAIT', '1', '5000')).toBe(1)
    const second = await cluster.failover(first)
    expect(await cluster.masterOf(slot)).toBe(second)
    expect(await cluster.replicasOf(second)).toEqual([first])
    expect(await cluster.failover(second, 'kill')).toBe(first)
    expect(second.running).toBe(false)
    expect(await first.command('GET', 'key')).toBe('value')
  }
})
