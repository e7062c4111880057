import { memory } from '@cachette/adapter-memory'
import { faulty } from '@cachette/conformance'
import { conformance } from '@cachette/conformance/vitest'
import { replicated, type WriteConcern } from '../src/index.js'

const concerns: readonly WriteConcern[] = ['all', 'quorum', 'one']

for (const write of concerns) {
  conformance({
    name: `replicated: three in memory, write: ${write}`,
    open: ({ clock }) =>
      replicated({ replicas: ['a', 'b', 'c'].map((name) => ({ name, store: memory({ clock }) })), write, clock }),
  })
}

conformance({
  name: 'replicated: three, one of them dead',
  open: ({ clock }) => {
    const stores = ['a', 'b', 'c'].map((name) => ({ name, store: memory({ copies: true, clock }) }))
    const dead = faulty(memory({ copies: true, clock }), { seed: 1, clock, rates: { error: 1 } })
    return replicated({ replicas: [{ name: 'dead', store: dead }, ...stores.slice(1)], clock })
  },
})
