import { conformance } from '@cachette/conformance/vitest'
import { type Logger, logging } from '@cachette/middleware/logging'

const fails = (): never => {
  throw new Error('the logger is broken')
}
const broken: Logger = { debug: fails, info: fails, warn: fails, error: fails }

conformance({
  name: 'logging, with a broken logger',
  layer: () => logging({ logger: broken, keys: true, messages: true }),
})
conformance({
  name: 'logging, over a store that answers later',
  layer: () => logging({ logger: broken, slowMs: 1 }),
  over: 'remote',
})
