import type { Coding } from './codec.js'
import type { Traits } from './contract.js'
import type { LayerFacts, Verbs } from './layer.js'
import { shown, wrong } from './options.js'
import { checkTraits } from './store-checks.js'

/** What the checks read of a layer, whatever its values are. */
type Checked = LayerFacts & { readonly wrap: unknown; readonly coding?: Pick<Coding, 'bindsHeader'> | undefined }

const VERBS: ReadonlySet<string> = new Set<keyof Verbs<unknown>>([
  'read',
  'readOne',
  'write',
  'scan',
  'clear',
  'close',
  'traits',
  'streams',
])

export function checkLayer(layer: Checked): void {
  const given: unknown = layer
  if (typeof given !== 'object' || given === null || typeof layer.wrap !== 'function' || !layer.name) {
    throw wrong(`expected a layer { name, wrap }, got ${shown(given)}`)
  }
  const { name, state, changes = [], place = {} } = layer
  if (state !== undefined && state !== 'own' && state !== 'shared') {
    throw wrong(`the layer ${name}: expected state to be 'own' or 'shared', got ${shown(state)}`)
  }
  for (const [what, list] of Object.entries({ changes, ...place })) {
    if (!Array.isArray(list)) throw wrong(`the layer ${name}: expected ${what} to be an array, got ${shown(list)}`)
    if (!['changes', 'inside', 'outside'].includes(what)) {
      throw wrong(`the layer ${name}: expected place to have inside and outside, got ${what}`)
    }
  }
}

/** A layer answers with verbs of the contract; anything else would be ignored in silence. */
export function checkVerbs(layer: Checked, verbs: object): void {
  if (typeof verbs !== 'object' || verbs === null || 'then' in verbs) {
    throw wrong(`the layer ${layer.name} gives no verbs: expected an object, at once, got ${shown(verbs)}`)
  }
  for (const name of Object.keys(verbs)) {
    if (!VERBS.has(name))
      throw wrong(`the layer ${layer.name} gives "${name}", which is no verb: expected ${[...VERBS].join(', ')}`)
  }
  const { traits, read, readOne }: Verbs<unknown> = verbs
  if (readOne !== undefined && read === undefined)
    throw wrong(`the layer ${layer.name} gives readOne alone: expected read too, which gives the same`)
  if (traits !== undefined) checkTraits(traits, `the layer ${layer.name}`)
}

/** Whether the store below has the traits that the layer needs. */
export function checkNeeds(layer: Checked, traits: Traits, store: string): void {
  for (const [trait, accepted] of Object.entries(layer.needs ?? {})) {
    const got = traits[trait as keyof Traits]
    if (got === undefined || !Array.isArray(accepted)) {
      throw wrong(`the layer ${layer.name}: expected needs to list values of traits, got ${trait}: ${shown(accepted)}`)
    }
    if (accepted.some((value) => value === got)) continue
    const wanted = accepted.map((value) => `'${String(value)}'`).join(' or ')
    throw wrong(
      `the layer ${layer.name} needs ${trait} ${wanted} of the store below it, but ${store} has '${String(got)}'`,
    )
  }
}

/** Whether each layer stands where it may among the others; the error names an order that works, after `first`. */
export function checkOrder(layers: readonly Checked[], list: string, first?: string): void {
  layers.forEach(checkLayer)
  const joining = layers.find(({ joins }) => joins === true)
  const renaming = layers.find(({ renames }) => renames === true)
  if (joining !== undefined && renaming !== undefined) {
    throw wrong(`${joining.name} joins calls in the turns of their keys, which ${renaming.name} renames: leave one out`)
  }
  layers.forEach((layer, at) => {
    const outer = layers.slice(at + 1).find((other) => precedes(other, layer))
    if (outer === undefined) return
    const names = [...(first === undefined ? [] : [first]), ...sorted(layers).map(({ name }) => name)]
    const order = names.map((name) => `${name}()`).join(', ')
    throw wrong(`the layer ${layer.name} must stand after ${outer.name}; write ${list}: [${order}]`)
  })
}

/** Whether what is to encode is a codec, and byte layers behind it in an order that works. */
export function checkEncode(owner: string, codec: { readonly name: string }, layers: readonly Checked[]): void {
  const given: unknown = codec
  if (typeof given !== 'object' || given === null || !('encode' in given && 'decode' in given && 'name' in given)) {
    const said = `expected encode to begin with a codec { name, encode, decode }, got ${shown(given)}`
    throw wrong(`${owner}: ${said}; write encode: [json(), …]`)
  }
  checkOrder(layers, 'encode', codec.name)
  const other = layers.find((layer) => layer.coding === undefined)
  if (other !== undefined) throw wrong(`${owner}: the layer ${other.name} is no byte layer; write it in use`)
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

/** What runs in `encode` runs before all of `use`: it cannot bind lifetimes that change there. */
export function checkBinding(encode: readonly Checked[], use: readonly Checked[]): void {
  const binding = encode.find((layer) => use.some((other) => unbinds(other, layer)))
  if (binding === undefined) return
  const order = sorted([...use, binding]).map(({ name }) => `${name}()`)
  throw wrong(`the layer ${binding.name} binds lifetimes, which change after encode; write use: [${order.join(', ')}]`)
}

function unbinds(first: Checked, second: Checked): boolean {
  return first.retimes === true && second.coding?.bindsHeader === true
}

function precedes(first: Checked, second: Checked): boolean {
  if (unbinds(first, second)) return true
  return second.place?.inside?.includes(first.name) === true || first.place?.outside?.includes(second.name) === true
}
