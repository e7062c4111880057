/** Opens a store, uses it and says what came of it: for what may take its process with it. */
import { createCache, isCacheError } from '@cachette/core'
import { lmdb } from '../src/index.js'

const [path = '', recover, verify] = process.argv.slice(2)

async function use(): Promise<object> {
  const resets: object[] = []
  const cache = createCache<string>({
    deadlineMs: 60_000,
    store: lmdb({
      path,
      recover: recover === 'reset' ? 'reset' : 'error',
      verify: verify === 'heads' ? 'heads' : 'pages',
      onReset: (report) => resets.push(report),
    }),
  })
  const before = await cache.get('a')
  await cache.set('b', 'new')
  const after = await cache.get('b')
  await cache.close()
  return { before, after, resets }
}

const outcome = await use().catch((error: unknown) => {
  return isCacheError(error) ? { code: error.code, message: error.message } : { thrown: String(error) }
})
console.log(JSON.stringify(outcome))
