import { conformance } from '@cachette/conformance/vitest'
import { cbor } from '../src/cbor.js'

conformance({ name: 'cbor', codec: () => cbor() }, { runs: 1000 })
