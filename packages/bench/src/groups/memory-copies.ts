import { timed } from '../harness/measure.js'
import { byCopies } from '../subjects/ours.js'
import { bentocache, cacheable, keyv, unstorage } from '../subjects/peers.js'

const peers = [keyv, cacheable, bentocache]

export const memoryCopies = timed({
  name: 'memory/copies',
  title: 'awaited get of a key that is there, a copy each time',
  verb: 'get',
  pace: 'awaited',
  time: 'processor',
  subjects: [byCopies, ...peers, unstorage],
  baseline: keyv.name,
  targets: [{ subject: byCopies.name, against: peers.map((peer) => peer.name), atLeast: 3 }],
})
