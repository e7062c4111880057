import { CacheError } from '../errors.js'
import type { LayerFacts } from '../layer.js'

/** Which cache each layer with a state of its own stands in. */
const claims = new WeakMap<LayerFacts, string>()

/** Takes such layers for one cache; gives the way to let go of them. */
export function claimLayers(layers: readonly LayerFacts[], cache: string): () => void {
  const own = layers.filter((layer) => layer.state === 'own')
  own.forEach((layer, index) => {
    const taken = claims.get(layer) ?? (own.indexOf(layer) < index ? cache : undefined)
    if (taken === undefined) return
    const remedy = 'make another for this one'
    throw new CacheError(
      'INVALID_OPTION',
      `the layer ${layer.name} has a state and already stands in ${taken}; ${remedy}`,
    )
  })
  for (const layer of own) claims.set(layer, cache)
  return () => {
    for (const layer of own) claims.delete(layer)
  }
}
