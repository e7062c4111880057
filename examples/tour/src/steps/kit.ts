import { memory } from '@cachette/adapter-memory'
import { checkStore } from '@cachette/conformance'
import type { Store } from '@cachette/core'
import { type Step, shown, timed } from '../step.js'

// show
/** Clears by the first characters of a prefix alone, so clearing one namespace takes its siblings along. */
function careless(): Store<unknown> {
  const { name, contract, traits, ...store } = detached(memory())
  return { ...store, name, contract, traits, clear: (prefix, call) => store.clear(prefix.slice(0, 2), call) }
}

const check = () => checkStore({ name: 'careless', open: () => careless() })
// end

function detached(store: Store<unknown>): Store<unknown> {
  return {
    name: store.name,
    contract: 1,
    traits: store.traits,
    read: (keys, call) => store.read(keys, call),
    write: (changes, call) => store.write(changes, call),
    scan: (prefix, call) => store.scan(prefix, call),
    clear: (prefix, call) => store.clear(prefix, call),
    close: () => store.close(),
  }
}

export const kit: Step = {
  name: 'kit',
  title: 'A broken adapter is caught',
  story:
    'Here is a store with one mistake. The kit tries every law of the contract on it, and says which one is broken and by which calls.',
  async run() {
    const report = await timed(check)
    const broken = report.value.laws.filter((law) => law.status === 'broken')
    const trials = report.value.trials.toLocaleString('en')
    return {
      ok: broken.length > 0 && broken.every(({ law }) => law === 'S5'),
      lines: [
        `${trials} stores tried in ${shown(report.ms)}`,
        ...broken.map(({ law, sentence }) => `${law} is broken: ${sentence}`),
        ...broken.flatMap(({ failure }) => failure?.calls ?? []).map((call) => `    ${call}`),
        ...broken.map(({ failure }) => `expected ${failure?.expected}, got ${failure?.got}`),
      ],
      facts: { ms: report.ms, trials: report.value.trials, broken: broken.map(({ law }) => law).join(' ') },
    }
  },
}
