import { setTimeout as wait } from 'node:timers/promises'
import { createCache } from '@cachette/core'
import { Source } from '../source.js'
import { type Step, shown, timed } from '../step.js'

export const stale: Step = {
  name: 'stale',
  title: 'The source goes down, and nobody notices',
  story:
    'An entry lives for 50 ms here, and is kept for an hour more in case its source fails. Reads see that it has expired; a load that fails gives the kept value.',
  async run(open) {
    const source = new Source(20)
    // show
    const cache = createCache<{ id: string }>({ store: open(), ttlMs: 50, graceMs: 3_600_000 })
    const ask = (): Promise<{ id: string }> => cache.getOrSet('tea', () => source.find('tea'))

    await ask()
    source.isDown = true
    await wait(60)
    const expired = await cache.get('tea') // undefined: its time is over
    const served = await timed(ask) // the load fails, the kept value is served
    const meanwhile = await timed(ask) // and the source is left alone for a while
    // end
    await cache.close()
    return {
      ok: expired === undefined && served.value.id === 'tea' && source.calls === 2,
      lines: [
        `a plain read found nothing; the load failed, and the kept value was served after ${shown(served.ms)}`,
        `the next caller had it after ${shown(meanwhile.ms)}, without asking the source again`,
      ],
      facts: { servedMs: served.ms, meanwhileMs: meanwhile.ms, loads: source.calls },
    }
  },
}
