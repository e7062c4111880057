import { conformance } from '../src/vitest.js'
import { mapStore } from './support/map-store.js'

// As an author has it: a test passes for each law that holds, and one is skipped with the reason.
conformance({ name: 'map', open: () => mapStore() }, { runs: 5, seed: 1, laws: ['K1', 'C6', 'S4'] })
