import { lmdb } from '@cachette/adapter-lmdb'
import { memcached } from '@cachette/adapter-memcached'
import { redis } from '@cachette/adapter-redis'
import { type Bytes, CacheError, createCache, isCacheError, type Store } from '@cachette/core'
import { folder } from './folder.js'

/** Where the tour stores things. */
export interface Place {
  /** In words, without passwords. */
  readonly name: string
  /** A store of its own for each stop. */
  open(stop: string): Store<Bytes>
  /** Throws what is wrong, where nobody answers. */
  check(): Promise<void>
  /** Removes what the stops have left. */
  clean(): Promise<void>
}

/** Without a URL, a folder that is gone when the tour is over. */
export function placeOf(url: string | undefined): Place {
  if (url === undefined) return onDisk()
  const [, scheme = '', rest = ''] = /^(\w+):\/\/(.+)$/.exec(url) ?? []
  if (scheme === 'redis' || scheme === 'rediss') return new Served(url, (root) => redis({ url, root }))
  if (scheme === 'memcached') {
    const servers = rest.replace(/\/$/, '').split(',')
    return new Served(url, (root) => memcached({ servers, root }))
  }
  throw new CacheError('INVALID_OPTION', '--store: expected redis://…, rediss://… or memcached://host:port,host:port')
}

function onDisk(): Place {
  return {
    name: 'LMDB',
    open: (stop) => lmdb({ path: folder(stop) }),
    check: () => Promise.resolve(),
    clean: () => Promise.resolve(),
  }
}

/** Roots of its own on a server that others may use too. */
class Served implements Place {
  readonly name: string
  readonly #open: (root: string) => Store<Bytes>
  readonly #roots = new Set<string>()

  constructor(url: string, open: (root: string) => Store<Bytes>) {
    this.name = url.replace(/\/\/[^@/]*@/, '//')
    this.#open = open
    // What is wrong with the URL is said before anything else.
    void open('cachette-tour').close()
  }

  open(stop: string): Store<Bytes> {
    const root = `cachette-tour-${process.pid}-${stop}`
    this.#roots.add(root)
    return this.#open(root)
  }

  async check(): Promise<void> {
    const cache = createCache({ store: this.open('check') })
    try {
      await cache.has('anything')
    } catch (error) {
      const why = isCacheError(error) ? error.message : String(error)
      throw new CacheError('UNAVAILABLE', `--store: nobody answers at ${this.name} as a store does: ${why}`)
    } finally {
      await cache.close()
    }
  }

  async clean(): Promise<void> {
    for (const root of this.#roots) {
      const cache = createCache({ store: this.#open(root) })
      try {
        await cache.clear()
      } finally {
        await cache.close()
      }
    }
  }
}
