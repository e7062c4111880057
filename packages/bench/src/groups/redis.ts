import type { Group } from '../harness/group.js'
import { timed } from '../harness/measure.js'
import { probed } from '../harness/probe.js'
import { bentoRedis, keyvRedis, ours, oursInCluster, rawCluster, rawRedis, unstorageRedis } from '../subjects/redis.js'
import { type Gone, missing } from '../subjects/redis-gone.js'

/** How many calls are made at once. */
const AT_ONCE = 64

const PEERS = [keyvRedis, bentoRedis, unstorageRedis]

const concurrent = (['get', 'set'] as const).map((verb) =>
  timed({
    name: `redis/${verb}`,
    title: `${verb}, ${AT_ONCE} at once`,
    verb,
    pace: AT_ONCE,
    time: 'wall',
    subjects: [rawRedis, ours, ...PEERS],
    baseline: rawRedis.name,
    targets: [
      { subject: ours.name, against: [rawRedis.name], atLeast: 0.85 },
      ...(verb === 'get' ? [{ subject: ours.name, against: [keyvRedis.name], atLeast: 2 }] : []),
    ],
  }),
)

const inCluster = (['get', 'set'] as const).map((verb) =>
  timed({
    name: `redis/cluster-${verb}`,
    title: `${verb} in a cluster of three masters, ${AT_ONCE} at once`,
    verb,
    pace: AT_ONCE,
    time: 'wall',
    subjects: [rawCluster, oursInCluster],
    baseline: rawCluster.name,
  }),
)

const batches = timed({
  name: 'redis/get-many',
  title: 'getMany of 100 keys, one after the other',
  verb: 'getMany',
  pace: 'awaited',
  time: 'wall',
  subjects: [rawRedis, ours, keyvRedis],
  baseline: rawRedis.name,
})

const batchesInCluster = timed({
  name: 'redis/cluster-get-many',
  title: 'getMany of 100 keys in a cluster of three masters, one after the other',
  verb: 'getMany',
  pace: 'awaited',
  time: 'wall',
  subjects: [rawCluster, oursInCluster],
  baseline: rawCluster.name,
})

const gone = (how: Gone, title: string): Group => {
  const subjects = missing(how)
  return probed({
    name: `redis/${how}`,
    title,
    unit: { name: 'ms', better: 'less' },
    subjects,
    baseline: 'cachette',
    targets: [{ subject: 'cachette', atMost: 1_200 }],
    samples: 1,
  })
}

export const redisGroups: readonly Group[] = [
  ...concurrent,
  ...inCluster,
  batches,
  batchesInCluster,
  gone('dead', 'what getOrSet takes more than its load when the server has died; at most 5,000 ms are waited'),
  gone('hung', 'what getOrSet takes more than its load when the server hangs; at most 5,000 ms are waited'),
]
