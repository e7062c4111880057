import { appendFileSync } from 'node:fs'
import { memory } from '@cachette/adapter-memory'
import { createCache } from '@cachette/core'
import { writeBehind } from '@cachette/middleware/write-behind'

/**
 * A process that is killed while it writes. What it says it has written has been acknowledged; what the system of
 * record got stands in a file. `drain` takes up what is left and ends.
 */
const [, , path = '', recordFile = '', mode = '', from = '0'] = process.argv

const layer = writeBehind<number>({
  write: async (changes) => {
    await new Promise((resolve) => setTimeout(resolve, 1))
    appendFileSync(recordFile, changes.map(({ key, value }) => `${key} ${value}\n`).join(''))
  },
  path,
  delayMs: 1,
  batchSize: 7,
  segmentBytes: 4_096,
})
const cache = createCache<number>({ store: memory<number>(), use: [layer] })

if (mode === 'drain') {
  await cache.get('any')
  await layer.flush()
  await cache.close()
} else {
  let number = Number(from)
  for (;;) {
    const writes = Array.from({ length: 5 }, async (_, index) => {
      number += 1
      const own = number
      const key = `key-${(own + index) % 11}`
      await cache.set(key, own)
      process.stdout.write(`${key} ${own}\n`)
    })
    await Promise.all(writes)
  }
}
