import { conformance } from '@cachette/conformance/vitest'
import { MemoryStore } from '../src/adapter.js'
import { memory } from '../src/index.js'

conformance({ name: 'memory', open: ({ clock }) => memory({ clock }) })

conformance({ name: 'memory with copies', open: ({ clock }) => memory({ copies: true, clock }) })

conformance({ name: 'memory of many', open: ({ clock }) => new MemoryStore(clock, { splitAt: 3 }) })
