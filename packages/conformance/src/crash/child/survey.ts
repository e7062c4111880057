import { newCall, type Shell } from '@cachette/core'
import type { CrashSubject } from '../subject.js'
import { type Sighting, sightingOf } from '../values.js'
import type { Survey } from '../wire.js'

/** In a child: looks at everything, by reads and by a scan. */
export async function survey(
  subject: CrashSubject,
  path: string,
  store: Shell<Uint8Array>,
  keys: readonly string[],
): Promise<Survey> {
  const found = await readAll(store, keys)
  const scanned = store.traits.scan === 'none' ? null : await scanAll(store)
  const leftovers = subject.leftovers === undefined ? null : await subject.leftovers(path)
  return { is: 'survey', found, scanned, leftovers }
}

async function readAll(store: Shell<Uint8Array>, keys: readonly string[]): Promise<readonly Sighting[]> {
  const found = await store.read(keys, newCall(store.clock.now()))
  return keys.flatMap((key, index) => {
    const entry = found[index]
    return entry === undefined ? [] : [sightingOf(key, entry)]
  })
}

async function scanAll(store: Shell<Uint8Array>): Promise<readonly Sighting[]> {
  const seen: Sighting[] = []
  for await (const page of store.scan('', newCall(store.clock.now()))) {
    for (const [key, entry] of page) seen.push(sightingOf(key, entry))
  }
  return seen
}
