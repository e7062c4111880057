import { conformance } from '@cachette/conformance/vitest'
import { fileSubject } from './support.js'

// Every trial opens a folder of its own; `conformance.soak.ts` makes as many as the kit would.
conformance(fileSubject(), { runs: 15 })
