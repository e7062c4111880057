import { createCache } from '@cachette/core'
import { Source } from '../source.js'
import type { Step } from '../step.js'

export const late: Step = {
  name: 'late',
  title: 'A late load never lands',
  story:
    'A load is under way when somebody invalidates its key. What it read may be older than that, so it goes to those who asked, and not into the cache.',
  async run(open) {
    const source = new Source(60)
    // show
    const cache = createCache<{ id: string; revision: number }>({ store: open(), ttlMs: 60_000 })
    const outcomes: string[] = []
    cache.on('load', (load) => outcomes.push(load.outcome))

    const loading = cache.getOrSet('tea', () => source.find('tea')) // reads revision 1
    await cache.delete('tea') // revision 1 is no longer true
    const given = await loading
    const stored = await cache.get('tea')
    const next = await cache.getOrSet('tea', () => source.find('tea')) // reads revision 2
    // end
    await cache.close()
    return {
      ok: given.revision === 1 && stored === undefined && next.revision === 2 && outcomes[0] === 'discarded',
      lines: [
        `the caller got revision ${given.revision}, the cache kept ${stored === undefined ? 'nothing' : 'it'}: the load was ${outcomes[0]}`,
        `whoever asked next got revision ${next.revision}`,
      ],
      facts: {
        given: given.revision,
        stored: stored !== undefined,
        next: next.revision,
        outcome: outcomes[0] ?? 'none',
      },
    }
  },
}
