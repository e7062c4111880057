import { join } from 'node:path'
import { type Bytes, CacheError, type Store } from '@cachette/core'
import type { SweepOptions, SweepReport } from '@cachette/core/adapter'
import type { Settings } from './options.js'

export interface SweptStore extends Store<Bytes> {
  sweep(options?: SweepOptions): Promise<SweepReport>
}

/** `device`: what is acknowledged survives a power cut as well. */
export type Until = 'kill' | 'device'

/** The store in a folder of its own, so that a database of before can lie beside it. Only what is used is loaded. */
export async function storeFor({ path, over, clock, sweepMs }: Settings, until: Until): Promise<SweptStore> {
  const common = { path: join(path, over), clock, sweepMs }
  if (over === 'level') {
    const { level } = await installed('level', () => import('@cachette/adapter-level'))
    return level({ ...common, sync: until === 'device' })
  }
  const { lmdb } = await installed('lmdb', () => import('@cachette/adapter-lmdb'))
  return lmdb({ ...common, durability: until === 'device' ? 'sync' : 'flush' })
}

export async function installed<T>(driver: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new CacheError('UNSUPPORTED', `level-cache: ${driver} cannot be loaded; npm install ${driver}`, { cause })
  }
}
