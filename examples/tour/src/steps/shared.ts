import { createCache } from '@cachette/core'
import { Source } from '../source.js'
import { type Step, shown, timed } from '../step.js'

const CALLERS = 1_000

export const shared: Step = {
  name: 'shared',
  title: 'A thousand callers share one load',
  story: 'They all ask at once for what is not there yet. The source is asked once.',
  async run(open) {
    const source = new Source(100)
    // show
    const cache = createCache<{ id: string }>({ store: open(), ttlMs: 60_000 })
    const ask = (): Promise<{ id: string }> => cache.getOrSet('tea', () => source.find('tea'))

    const all = await timed(() => Promise.all(Array.from({ length: CALLERS }, ask)))
    // end
    await cache.close()
    return {
      ok: source.calls === 1 && all.value.length === CALLERS,
      lines: [
        `${all.value.length.toLocaleString('en')} answers in ${shown(all.ms)}, from ${source.calls} call of the source`,
      ],
      facts: { callers: all.value.length, loads: source.calls, ms: all.ms },
    }
  },
}
