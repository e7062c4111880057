import { around } from '../../src/around.js'
import type { Store } from '../../src/contract.js'
import type { AnyLayer, Host, Verbs } from '../../src/layer.js'

/** A layer that notes what passes it. */
export function noting(name: string, notes: string[]): AnyLayer {
  return around({
    name,
    around: (passing, proceed) => {
      notes.push(`${name} ${passing.verb}`)
      return proceed()
    },
  })
}

/** A layer of its own making; what it gives may be wrong. */
export const giving = (verbs: (next: Store<unknown>, host: Host) => unknown, name = 'odd'): AnyLayer => ({
  name,
  wrap: <V>(next: Store<V>, host: Host) => verbs(next, host) as Verbs<V>,
})

export function raise(message: string): never {
  throw new Error(message)
}
