import { lmdb } from '@cachette/adapter-lmdb'
import { createCache } from '@cachette/core'
import { folder } from '../folder.js'
import { Source } from '../source.js'
import { type Step, shown, timed } from '../step.js'

const MEASURED = 200_000

export const fast: Step = {
  name: 'fast',
  title: 'A slow function becomes fast',
  story: 'Wrap it, say what its results are called and how long they last, and call it as before.',
  async run() {
    const source = new Source(150)
    const path = folder('fast')
    // show
    const cache = createCache<{ id: string }>({ store: lmdb({ path }), ttlMs: 60_000 })
    const find = cache.wrap((id: string) => source.find(id), { key: (id) => `product:${id}` })

    const first = await timed(() => find('tea'))
    const second = await timed(() => find('tea'))
    // end
    const many = await timed(async () => {
      for (let call = 0; call < MEASURED; call += 1) await find('tea')
    })
    const eachMs = many.ms / MEASURED
    await cache.close()
    return {
      ok: source.calls === 1,
      lines: [
        `the first call took ${shown(first.ms)}, the second ${shown(second.ms)}`,
        `${MEASURED.toLocaleString('en')} more took ${shown(eachMs)} each: ${Math.round(first.ms / eachMs).toLocaleString('en')} times faster`,
      ],
      facts: { firstMs: first.ms, secondMs: second.ms, eachMs, loads: source.calls },
    }
  },
}
