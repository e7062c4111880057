import { crashConformance } from '@cachette/conformance/vitest'
import { built } from '../../../scripts/lib/built.js'

const subject = built(new URL('./crash-subject.ts', import.meta.url))

crashConformance(async () => ({ ...(await subject), kills: 15, damages: 20, durationMs: 1_500 }))
