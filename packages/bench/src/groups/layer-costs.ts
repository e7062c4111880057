import type { Group } from '../harness/group.js'
import { timed } from '../harness/measure.js'
import { bare, type Costed, type CostPace, costed, within } from '../subjects/layers.js'

const WORKS = [
  ['get', 'awaited'],
  ['set', 'awaited'],
  ['get', 'sync'],
  ['set', 'sync'],
] as const

/** A layer beside the same cache without it, and nothing else in the process. */
function cost(layer: Costed, verb: 'get' | 'set', pace: CostPace): Group {
  const none = bare(layer.over, pace)
  return {
    ...timed({
      name: `cost/${layer.name}-${verb}-${pace}`,
      title: `${pace} ${verb} with ${layer.name} alone around memory`,
      verb,
      pace,
      time: 'processor',
      subjects: [none, within(layer, pace)],
      baseline: none.name,
    }),
    onDemand: true,
  }
}

/** What each layer costs by itself: what its section of the README says. */
export const layerCosts: readonly Group[] = costed.flatMap((layer) =>
  WORKS.filter(([, pace]) => layer.ready || pace === 'awaited').map(([verb, pace]) => cost(layer, verb, pace)),
)
