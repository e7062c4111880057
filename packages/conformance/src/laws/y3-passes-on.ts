import { type Change, compareVersions, type Found, type Page, type Store, shell } from '@cachette/core'
import fc from 'fast-check'
import type { Check, CheckContext, Trial } from '../check.js'
import { broken, collect, expectEqual, whenItScans } from '../expect.js'
import { code } from '../format.js'
import { isLayered, throughLayers } from '../layered.js'
import { type Step, steps } from '../overlap.js'
import { Spy } from '../spy.js'

/** Batches alone: each is made whole on one stack, and one by one on its twin. */
const someBatches = ({ traits }: CheckContext) => steps({ conditions: traits.conditional !== 'none', clears: false })

export const Y3: readonly Check[] = [
  {
    law: 'Y3',
    title: 'a batch and its singles have the same answers, and leave the same below',
    applies: throughLayers,
    run: (context) =>
      context.property(
        someBatches(context),
        async (all, trial) => {
          const twin = await openTwin(context, trial)
          for (const step of all) await compare(step, trial, twin.store)
          const [left, right] = [await entriesOf(trial.own, trial), await entriesOf(twin.own, trial)]
          expectEqual(right, left, 'what singles leave in the store below')
          await twin.store.close()
        },
        { share: 0.5 },
      ),
  },
  {
    law: 'Y3',
    title: 'a scan gives entries as a read does',
    applies: (facts) => (throughLayers(facts) === true ? whenItScans(facts) : throughLayers(facts)),
    run: (context) =>
      context.property(
        fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'a:b', 'c'), value: context.values.arbitrary }), {
          minLength: 1,
          maxLength: 6,
        }),
        async (puts, trial) => {
          await trial.store.write(
            puts.map(({ key, value }) => trial.put(key, { value })),
            trial.call(),
          )
          const page = await collect(trial.store.scan('', trial.call()))
          const read = await trial.store.read(
            page.map(([key]) => key),
            trial.call(),
          )
          expectEqual(new Set(page.map(([key]) => key)), new Set(puts.map(({ key }) => key)), 'the keys of a scan')
          for (const [index, [key, found]] of page.entries()) {
            const other = read[index]
            if (other === undefined || compareVersions(found.version, other.version) !== 0)
              broken(`a scan to give key ${code(key)} as a read does`, 'another entry')
            else if (!context.values.equal(found.value, other.value))
              broken(`a scan to give ${code(other.value)}`, code(found.value))
          }
        },
        { share: 0.3 },
      ),
  },
  {
    law: 'Y3',
    title: 'headers are read without values, whatever was made of these',
    applies: throughLayers,
    run: (context) =>
      context.property(
        context.values.arbitrary,
        async (value, trial) => {
          const put = trial.put('a', { value })
          await trial.store.write([put], trial.call())
          const [header] = await trial.store.read(['a'], trial.call({ want: 'header' }))
          if (header === undefined || compareVersions(header.version, put.version) !== 0)
            broken('the header of what was written', 'none')
          if (context.traits.scan === 'none') return
          const page = await collect(trial.store.scan('', trial.call({ want: 'header' })))
          expectEqual(
            page.map(([key]) => key),
            ['a'],
            'the keys of a scan for headers',
          )
        },
        { share: 0.2 },
      ),
  },
  {
    law: 'Y3',
    title: 'a clear and a close reach the store below',
    applies: throughLayers,
    run: (context) =>
      context.property(
        Spy.each,
        async (spy, trial) => {
          await trial.store.write([trial.put('a'), trial.put('b')], trial.call())
          await trial.store.clear('', trial.call())
          expectEqual(await entriesOf(trial.own, trial), [], 'what a clear leaves in the store below')
          await trial.store.close()
          expectEqual(spy.closes, 1, 'how often the store below is closed')
        },
        { wrap: (store, spy) => spy.on(store), share: 0.02 },
      ),
  },
]

interface Twin {
  readonly own: Store<unknown>
  readonly store: Store<unknown>
}

/** A second stack of the same layers over a store of its own. */
async function openTwin({ subject }: CheckContext, trial: Trial): Promise<Twin> {
  const own = await subject.open({ clock: trial.clock })
  const inShell = shell(own, { clock: trial.clock })
  return { own, store: isLayered(subject) ? subject.dress(inShell) : inShell }
}

async function compare(step: Step, trial: Trial, twin: Store<unknown>): Promise<void> {
  if (step.verb === 'read') {
    const whole = await trial.store.read(step.keys, trial.call())
    const singles: (Found<unknown> | undefined)[] = []
    for (const key of step.keys) singles.push(...(await twin.read([key], trial.call())))
    expectEqual(singles.map(nameOf), whole.map(nameOf), `single reads of ${code(step.keys)}`)
  } else if (step.verb === 'write') {
    const changes = step.writes.map(
      ({ key, removes, when }): Change<unknown> => (removes ? trial.remove(key, { when }) : trial.put(key, { when })),
    )
    const whole = await trial.store.write(changes, trial.call())
    const singles: boolean[] = []
    for (const change of changes) singles.push(...(await twin.write([change], trial.call())))
    expectEqual(singles, whole, `single writes of ${code(step.writes)}`)
  }
}

/** What is stored, by anyone: values may be encoded anew each time, keys and headers may not. */
async function entriesOf(own: Store<unknown>, trial: Trial): Promise<readonly unknown[]> {
  if (own.traits.scan === 'none') return []
  const page: Page<unknown> = await collect(own.scan('', trial.call({ show: 'all' })))
  return page
    .map(([key, { version, kind, expiresAt, keptUntil, tags }]) => [key, version, kind, expiresAt, keptUntil, tags])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}

function nameOf(found: Found<unknown> | undefined): unknown {
  return found === undefined ? 'nothing' : [found.version, found.kind, found.expiresAt]
}
