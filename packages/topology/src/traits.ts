import type { Traits } from '@cachette/core'

/** What holds of all of them together: of each trait the least. */
export function traitsOfAll(stores: readonly { readonly traits: Traits }[]): Traits {
  const all = stores.map(({ traits }) => traits)
  const least = <T extends keyof Traits>(trait: T, ...fromLeast: readonly Traits[T][]): Traits[T] => {
    const [worst, ...others] = fromLeast
    if (worst === undefined) throw new Error(`no value of ${trait}`)
    return others.length === 0 || all.some((traits) => traits[trait] === worst) ? worst : least(trait, ...others)
  }
  return {
    values: least('values', 'bytes', 'any'),
    lives: least('lives', 'process', 'server', 'disk'),
    shared: least('shared', false, true),
    // Each may keep an order of its own; together they have none.
    scan: all.some(({ scan }) => scan === 'none') ? 'none' : 'unordered',
    conditional: least('conditional', 'none', 'process', 'shared'),
    atomicBatch: false,
    evicts: least('evicts', 'any', 'beyondCapacity', 'no'),
    maxValueBytes: Math.min(...all.map(({ maxValueBytes }) => maxValueBytes)),
    sync: least('sync', 'none', 'reads', 'all'),
    isolated: least('isolated', false, true),
    streams: false,
  }
}

const NAMES = [
  'values',
  'lives',
  'shared',
  'scan',
  'conditional',
  'atomicBatch',
  'evicts',
  'maxValueBytes',
  'sync',
  'isolated',
  'streams',
] as const satisfies readonly (keyof Traits)[]

/** The first trait in which they differ. */
export function difference(a: Traits, b: Traits): keyof Traits | undefined {
  return NAMES.find((name) => a[name] !== b[name])
}
