import type { Traits } from './contract.js'
import type { LayerFacts, Verbs } from './layer.js'
import { wrong } from './options.js'

/** What the checks read of a layer, whatever its values are. */
type Checked = LayerFacts & { readonly wrap: unknown }

const VERBS: ReadonlySet<string> = new Set<keyof Verbs<unknown>>([
  'read',
  'write',
  'scan',
  'clear',
  'close',
  'traits',
  'streams',
])

export function checkLayer(layer: Checked): void {
  const given: unknown = layer
  if (
    typeof given !== 'object' ||
    given === null ||
    typeof layer.wrap !== 'function' ||
    typeof layer.name !== 'string'
  ) {
    const got = typeof given === 'function' ? `a function: did you mean ${given.name || 'it'}()?` : describe(given)
    throw wrong(`expected a layer { name, wrap }, got ${got}`)
  }
}

/** A layer answers with verbs of the contract; anything else would be ignored in silence. */
export function checkVerbs(layer: Checked, verbs: object): void {
  if (typeof verbs !== 'object' || verbs === null || 'then' in verbs) {
    throw wrong(`the layer ${layer.name} gives no verbs: expected an object, at once, got ${describe(verbs)}`)
  }
  for (const name of Object.keys(verbs)) {
    if (!VERBS.has(name))
      throw wrong(`the layer ${layer.name} gives "${name}", which is no verb: expected ${[...VERBS].join(', ')}`)
  }
}

/** Whether the store below has the traits that the layer needs. */
export function checkNeeds(layer: Checked, traits: Traits, store: string): void {
  for (const [trait, accepted] of Object.entries(layer.needs ?? {})) {
    const got = traits[trait as keyof Traits]
    if (accepted.some((value) => value === got)) continue
    const wanted = accepted.map((value) => `'${String(value)}'`).join(' or ')
    throw wrong(
      `the layer ${layer.name} needs ${trait} ${wanted} of the store below it, but ${store} has '${String(got)}'`,
    )
  }
}

/** Whether each layer stands where it may among the others; the error names an order that works. */
export function checkOrder(layers: readonly Checked[], list: string): void {
  layers.forEach(checkLayer)
  layers.forEach((layer, at) => {
    const outer = layers.slice(at + 1).find((other) => precedes(other, layer))
    if (outer === undefined) return
    const order = sorted(layers).map(({ name }) => `${name}()`)
    throw wrong(`the layer ${layer.name} must stand after ${outer.name}; write ${list}: [${order.join(', ')}]`)
  })
}

/** Repeatedly takes the first layer that none of the remaining must precede, which keeps the rest as it was. */
function sorted(layers: readonly Checked[]): readonly Checked[] {
  const rest = [...layers]
  const order: Checked[] = []
  while (rest.length > 0) {
    const free = rest.findIndex((layer) => !rest.some((other) => other !== layer && precedes(other, layer)))
    order.push(...rest.splice(Math.max(free, 0), 1))
  }
  return order
}

function precedes(first: Checked, second: Checked): boolean {
  return second.place?.inside?.includes(first.name) === true || first.place?.outside?.includes(second.name) === true
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value
}
