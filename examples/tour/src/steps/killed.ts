import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lmdb } from '@cachette/adapter-lmdb'
import { createCache } from '@cachette/core'
import { folder } from '../folder.js'
import { type Step, shown, timed } from '../step.js'

/** It is killed once it has said this often that an order was stored. */
const ENOUGH = 20_000

// show
const program = `
  import { lmdb } from '@cachette/adapter-lmdb'
  import { createCache } from '@cachette/core'
  const orders = createCache({ store: lmdb({ path: process.argv[1] }) })
  for (let order = 0; ; order += 100) {
    const numbers = Array.from({ length: 100 }, (_, offset) => order + offset)
    await Promise.all(numbers.map((number) => orders.set('order:' + number, { number })))
    process.send(numbers.length) // these are stored: that is a promise
  }`
// end

export const killed: Step = {
  name: 'killed',
  title: 'A process is killed while it writes',
  story:
    'Another process stores orders as fast as it can, and is killed with SIGKILL in the middle of it. What it was told is stored is there; what it was not told may be, and is whole.',
  async run() {
    const path = folder('killed')
    const promised = await writeUntilKilled(path)
    const opened = await timed(async () => {
      const cache = createCache<{ number: number }>({ store: lmdb({ path }) })
      await cache.has('order:0')
      return cache
    })
    const orders = opened.value
    let missing = 0
    for (let number = 0; number < promised; number += 1) {
      if ((await orders.get(`order:${number}`))?.number !== number) missing += 1
    }
    let found = 0
    for await (const _ of orders.keys()) found += 1
    await orders.close()
    const more = found - promised
    return {
      ok: missing === 0 && promised >= ENOUGH,
      lines: [
        `killed after ${promised.toLocaleString('en')} orders were acknowledged; open again after ${shown(opened.ms)}`,
        `${(promised - missing).toLocaleString('en')} of them are there, and ${more} that were just being written`,
      ],
      facts: { promised, missing, more, openMs: opened.ms },
    }
  },
}

/** How many orders the process said were stored before it was killed. */
async function writeUntilKilled(path: string): Promise<number> {
  const writer = spawn(process.execPath, ['--input-type=module', '--eval', program, path], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let promised = 0
  writer.on('message', (count) => {
    promised += Number(count)
    if (promised >= ENOUGH) writer.kill('SIGKILL')
  })
  await once(writer, 'close')
  return promised
}
