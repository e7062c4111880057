import { conformance } from '@cachette/conformance/vitest'
import { fileSubject } from './support.js'

conformance(fileSubject(), { timeoutMs: 1_800_000 })
