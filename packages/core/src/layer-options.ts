import type { LayerFacts } from './layer.js'
import { BOOLEAN, checkOptions, LIST, OBJECT, type Rule, type Rules, shown, TEXT, wrong } from './options.js'

type Facts = keyof LayerFacts

const FACTS: Rules<LayerFacts> = {
  name: TEXT,
  needs: OBJECT,
  place: OBJECT,
  changes: LIST,
  state: { expected: "'own' or 'shared'", accepts: (value) => value === 'own' || value === 'shared' },
  renames: BOOLEAN,
}

/** The options of a layer helper: what it cannot do without is there, and nothing is misspelt. */
export function checkLayerOptions<T extends LayerFacts>(
  helper: string,
  options: T,
  own: Rules<Omit<T, Facts>>,
  required: readonly (keyof T & string)[],
): T {
  const rules: Readonly<Record<string, Rule>> = { ...FACTS, ...own }
  checkOptions<LayerFacts>(helper, options, rules as Rules<LayerFacts>)
  for (const name of ['name', ...required] as const) {
    const value: unknown = options[name as keyof T]
    if (value === undefined)
      throw wrong(`${helper}: expected ${name} to be ${rules[name]?.expected}, got ${shown(value)}`)
  }
  return options
}
