import fc from 'fast-check'
import { type Check, checksOf } from '../check.js'
import { always, expectAnswer, expectNothing, expectWrite, readOne, scanAll, whenItScans, writeOne } from '../expect.js'

const step = fc.record({
  key: fc.constantFrom('a', 'b'),
  puts: fc.boolean(),
  /** On the condition that holds: what a store does by another road may pass what it remembers of reads. */
  asks: fc.boolean(),
  reads: fc.boolean(),
})

export const O2: readonly Check[] = checksOf(
  'O2',
  {
    title: 'a read gives what the last awaited write left',
    applies: always,
    run: (context) =>
      context.property(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps, trial) => {
        const there = new Set<string>()
        for (const { key, puts, asks, reads } of steps) {
          const when =
            asks && context.traits.conditional !== 'none' ? (there.has(key) ? 'present' : 'absent') : undefined
          const change = puts ? trial.put(key, { when }) : trial.remove(key, { when })
          await writeOne(trial, change)
          if (puts) there.add(key)
          else there.delete(key)
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
  {
    title: 'a read sees a write with an older version than what it replaced: only a condition compares versions',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        const older = trial.put('a')
        await writeOne(trial, trial.put('a'))
        expectAnswer(await writeOne(trial, older), true, 'a put with an older version')
        expectWrite(await readOne(trial, 'a'), older, "key 'a' after an awaited put with an older version")
        const removal = trial.remove('a', { version: { ...older.version, time: older.version.time - 1 } })
        await writeOne(trial, removal)
        expectNothing(await readOne(trial, 'a'), "key 'a' after an awaited removal with an older version")
      }),
  },
)
