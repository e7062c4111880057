import { createCache } from '@cachette/core'
import { Source } from '../source.js'
import { type Step, shown, timed } from '../step.js'

/** As many as this, or as fit into that time. */
const MOST_MEASURED = 200_000
const MEASURED_MS = 2_000

export const fast: Step = {
  name: 'fast',
  title: 'A slow function becomes fast',
  story: 'Wrap it, say what its results are called and how long they last, and call it as before.',
  async run(open) {
    const source = new Source(150)
    // show
    const cache = createCache<{ id: string }>({ store: open(), ttlMs: 60_000 })
    const find = cache.wrap((id: string) => source.find(id), { key: (id) => `product:${id}` })

    const first = await timed(() => find('tea'))
    const second = await timed(() => find('tea'))
    // end
    let more = 0
    const end = performance.now() + MEASURED_MS
    const many = await timed(async () => {
      for (; more < MOST_MEASURED && performance.now() < end; more += 1) await find('tea')
    })
    const eachMs = many.ms / more
    await cache.close()
    return {
      ok: source.calls === 1,
      lines: [
        `the first call took ${shown(first.ms)}, the second ${shown(second.ms)}`,
        `${more.toLocaleString('en')} more took ${shown(eachMs)} each: ${Math.round(first.ms / eachMs).toLocaleString('en')} times faster`,
      ],
      facts: { firstMs: first.ms, secondMs: second.ms, eachMs, loads: source.calls },
    }
  },
}
