import type { LayerFacts } from '../layer.js'
import { wrong } from '../options.js'

/** Which cache each layer with a state of its own stands in. */
const claims = new WeakMap<LayerFacts, string>()

/** Takes such layers for one cache; gives the way to let go of them. */
export function claimLayers(layers: readonly LayerFacts[], cache: string): () => void {
  const own = layers.filter((layer) => layer.state === 'own')
  own.forEach((layer, index) => {
    const taken = claims.get(layer) ?? (own.indexOf(layer) < index ? cache : undefined)
    if (taken === undefined) return
    throw wrong(`the layer ${layer.name} has a state and already stands in ${taken}; make another for this one`)
  })
  for (const layer of own) claims.set(layer, cache)
  return () => {
    for (const layer of own) claims.delete(layer)
  }
}
