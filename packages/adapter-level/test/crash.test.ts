import { crashConformance } from '@cachette/conformance/vitest'
import { built } from '../../../scripts/lib/built.js'

const subject = built(new URL('./crash-subject.ts', import.meta.url))

// No other process or thread can share it.
crashConformance(async () => ({ ...(await subject), kills: 15, damages: 25 }), { checks: ['kills', 'damage', 'disk'] })
