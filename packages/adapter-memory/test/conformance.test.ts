import { conformance } from '@cachette/conformance/vitest'
import { memory } from '../src/index.js'

conformance({ name: 'memory', open: ({ clock }) => memory({ clock }) })

conformance({ name: 'memory with copies', open: ({ clock }) => memory({ copies: true, clock }) })
