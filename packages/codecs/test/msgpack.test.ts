import { conformance } from '@cachette/conformance/vitest'
import { msgpack } from '../src/msgpack.js'

conformance({ name: 'msgpack', codec: () => msgpack() }, { runs: 1000 })
