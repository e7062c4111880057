import type { LayerFacts } from './layer.js'
import { BOOLEAN, LIST, OBJECT, oneOf, type Rules, TEXT } from './options.js'

/** What every layer helper's options may be; each adds its own. */
export const LAYER_RULES: Rules<LayerFacts> = {
  name: TEXT,
  needs: OBJECT,
  place: OBJECT,
  changes: LIST,
  state: /* @__PURE__ */ oneOf('own', 'shared'),
  renames: BOOLEAN,
  retimes: BOOLEAN,
  joins: BOOLEAN,
}
