import type { Store } from '@cachette/core'

/** The verbs as functions that need no `this`. */
export function detached<V>(store: Store<V>): Store<V> {
  return {
    name: store.name,
    contract: store.contract,
    traits: store.traits,
    streams: store.streams,
    read: (keys, call) => store.read(keys, call),
    write: (changes, call) => store.write(changes, call),
    scan: (prefix, call) => store.scan(prefix, call),
    clear: (prefix, call) => store.clear(prefix, call),
    close: () => store.close(),
  }
}
