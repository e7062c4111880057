import type { LayerFacts } from './layer.js'
import { BOOLEAN, checkOptions, LIST, OBJECT, oneOf, type Rules, TEXT } from './options.js'

type Facts = keyof LayerFacts

const FACTS: Rules<LayerFacts> = {
  name: TEXT,
  needs: OBJECT,
  place: OBJECT,
  changes: LIST,
  state: oneOf('own', 'shared'),
  renames: BOOLEAN,
}

/** The options of a layer helper: what it cannot do without is there, and nothing is misspelt. */
export function checkLayerOptions<T extends LayerFacts>(
  helper: string,
  options: T,
  own: Rules<Omit<T, Facts>>,
  required: readonly (keyof T & string)[],
): T {
  const rules = { ...FACTS, ...own }
  // Each rule is of the option whose name it has.
  return checkOptions<T>(helper, options, rules as unknown as Rules<T>, ['name', ...required])
}
