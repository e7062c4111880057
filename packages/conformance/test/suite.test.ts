import { around, json, type Layer } from '@cachette/core'
import { conformance } from '../src/vitest.js'
import { mapStore } from './support/map-store.js'

// As authors have it: a test passes for each law that holds, and one is skipped with the reason.

const passing = (): Layer => around({ name: 'passing', around: (_, proceed) => proceed() })

conformance({ name: 'map', open: () => mapStore() }, { runs: 5, seed: 1, laws: ['K1', 'C6', 'S4'] })

conformance({ name: 'passing', layer: passing }, { runs: 5, seed: 1, laws: ['B1', 'Y1'] })

conformance({ name: 'passing twice', layers: () => [passing(), passing()] }, { runs: 5, seed: 1, laws: ['Y4'] })

conformance({ name: 'json', codec: () => json() }, { runs: 5, seed: 1 })
