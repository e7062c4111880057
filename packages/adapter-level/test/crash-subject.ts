import type { CrashSubject } from '@cachette/conformance/crash'
import { level } from '../src/index.js'

export const crashSubject: CrashSubject = { name: 'level', open: (path) => level({ path }) }
