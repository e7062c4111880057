import { type Bytes, decide, frame, type Store, type Traits } from '@cachette/core'

/** Frames in memory whose values nothing covers but the layers above. What is stored is open to the test. */
export interface FrameStore extends Store {
  readonly frames: Map<string, Bytes>
}

/** Sees to it that a change of the bytes at rest shows nowhere but in what is read. */
export function frameStore(traits: Partial<Traits> = {}): FrameStore {
  const format = frame({ covers: 'header' })
  const frames = new Map<string, Bytes>()
  const entryOf = (key: string) => {
    const bytes = frames.get(key)
    return bytes && format.read(bytes.slice(), key)
  }
  const below = (prefix: string) => [...frames.keys()].filter((key) => key.startsWith(prefix))
  return {
    name: 'frames',
    contract: 1,
    frames,
    traits: {
      values: 'bytes',
      lives: 'process',
      shared: false,
      scan: 'unordered',
      conditional: 'process',
      atomicBatch: true,
      evicts: 'no',
      maxValueBytes: 67_108_864,
      sync: 'all',
      isolated: true,
      streams: false,
      ...traits,
    },
    read: (keys) => keys.map(entryOf),
    write: (changes, { now }) =>
      changes.map((change) => {
        const { key, entry } = change
        const { apply, answer } = decide(change, entryOf(key), now)
        if (apply && entry !== undefined) frames.set(key, format.write(entry, key).slice())
        else if (apply) frames.delete(key)
        return answer
      }),
    async *scan(prefix) {
      for (const key of below(prefix)) {
        const found = entryOf(key)
        if (found !== undefined) yield [[key, found]]
      }
    },
    clear: (prefix) => {
      for (const key of below(prefix)) frames.delete(key)
    },
    close: () => frames.clear(),
  }
}
