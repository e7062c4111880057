import { memory } from '@cachette/adapter-memory'
import { conformance } from '@cachette/conformance/vitest'
import { sharded } from '../src/index.js'

const names = ['a', 'b', 'c']

conformance({
  name: 'sharded: three in memory',
  open: ({ clock }) => sharded({ shards: names.map((name) => ({ name, store: memory({ clock }) })), clock }),
})

conformance({
  name: 'sharded: copies, while keys are on their way',
  open: ({ clock }) => {
    const shards = names.map((name) => ({ name, store: memory({ copies: true, clock }) }))
    const store = sharded({ shards: shards.slice(0, 2), clock })
    store.reshard(shards)
    return store
  },
})
