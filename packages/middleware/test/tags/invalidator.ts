/** Another process: invalidates the tag `a` of the store at a path each time it is told to, and says when it is done. */
import { lmdb } from '@cachette/adapter-lmdb'
import { createCache } from '@cachette/core'
import { tags } from '@cachette/middleware/tags'

const [path = ''] = process.argv.slice(2)
const own = tags()
const cache = createCache<string>({ store: lmdb({ path }), use: [own], deadlineMs: 60_000 })

process.on('message', () => {
  own.invalidate(['a'], { deadlineMs: 60_000 }).then(
    () => process.send?.('done'),
    (error: unknown) => process.send?.(String(error)),
  )
})
process.on('disconnect', () => void cache.close())
await cache.get('ready')
process.send?.('ready')
