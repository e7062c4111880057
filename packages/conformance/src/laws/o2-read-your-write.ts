import fc from 'fast-check'
import { type Check, checksOf } from '../check.js'
import { always, expectNothing, expectWrite, readOne, scanAll, whenItScans, writeOne } from '../expect.js'

const step = fc.record({ key: fc.constantFrom('a', 'b'), puts: fc.boolean(), reads: fc.boolean() })

export const O2: readonly Check[] = checksOf(
  'O2',
  {
    title: 'a read gives what the last awaited write left',
    applies: always,
    run: (context) =>
      context.property(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps, trial) => {
        for (const { key, puts, reads } of steps) {
          const change = puts ? trial.put(key) : trial.remove(key)
          await writeOne(trial, change)
          if (!reads) continue
          const found = await readOne(trial, key)
          if (puts) expectWrite(found, change, `key '${key}' after an awaited put`)
          else expectNothing(found, `key '${key}' after an awaited removal`)
        }
      }),
  },
  {
    title: 'a scan gives what the last awaited write left',
    applies: whenItScans,
    run: (context) =>
      context.example(async (trial) => {
        await writeOne(trial, trial.put('a'))
        await scanAll(trial)
        const put = trial.put('a')
        await writeOne(trial, put)
        const [pair] = await scanAll(trial)
        expectWrite(pair?.[1], put, "a scan over key 'a' after an awaited put")
        await writeOne(trial, trial.remove('a'))
        expectNothing((await scanAll(trial))[0]?.[1], "a scan over key 'a' after an awaited removal")
      }),
  },
)
