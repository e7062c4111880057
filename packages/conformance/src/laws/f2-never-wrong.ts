import { compareVersions } from '@cachette/core'
import { type Check, checksOf } from '../check.js'
import { broken, expectWrite, readOne, writeAll, writeOne } from '../expect.js'
import { budget, inTime, underEachFault, whenItBreaks } from '../faulty.js'

export const F2: readonly Check[] = checksOf(
  'F2',
  underEachFault(
    'a read that cannot reach the backend does not answer that nothing is there',
    whenItBreaks,
    async (trial, outage) => {
      const puts = [trial.put('a'), trial.put('b')]
      await writeAll(trial, puts)
      await outage.begin()
      const outcome = await inTime(trial, 'read', () => trial.store.read(['a', 'b'], trial.call(budget(trial))))
      if ('error' in outcome) return
      for (const [index, put] of puts.entries()) {
        expectWrite(outcome.value[index], put, `key '${put.key}', read while the backend fails (${outage.fault}),`)
      }
    },
  ),
  underEachFault(
    'a scan that cannot reach the backend does not end as if that were all',
    (facts) => (facts.traits.scan === 'none' ? 'it cannot list its keys' : whenItBreaks(facts)),
    async (trial, outage) => {
      await writeAll(trial, [trial.put('a'), trial.put('b')])
      await outage.begin()
      const pages = trial.store.scan('', trial.call(budget(trial)))[Symbol.asyncIterator]()
      let given = 0
      for (;;) {
        const outcome = await inTime(trial, 'a page of a scan', () => pages.next())
        if ('error' in outcome) return
        if (outcome.value.done === true) break
        given += outcome.value.value.length
      }
      if (given < 2)
        broken(`a scan while the backend fails (${outage.fault}) to fail or give both keys`, `${given} of them`)
    },
  ),
  underEachFault('a write says what became of it', whenItBreaks, async (trial, outage) => {
    const before = trial.put('a')
    await writeOne(trial, before)
    await outage.begin()
    const put = trial.put('a')
    const outcome = await inTime(trial, 'write', () => trial.store.write([put], trial.call(budget(trial))))
    await outage.end()
    const found = await readOne(trial, 'a')
    const what = `key 'a' after a write while the backend failed (${outage.fault})`
    if ('value' in outcome) {
      if (outcome.value[0] !== true) broken('a put without a condition to be done or to fail', 'the answer false')
      return expectWrite(found, put, what)
    }
    const isOneOfThem =
      found !== undefined && [before, put].some(({ version }) => compareVersions(version, found.version) === 0)
    if (!isOneOfThem)
      broken(`${what} to hold the old entry or the new one`, found === undefined ? 'nothing' : 'another')
  }),
  underEachFault(
    'a removal that cannot reach the backend does not answer that nothing was there',
    whenItBreaks,
    async (trial, outage) => {
      await writeOne(trial, trial.put('a'))
      await outage.begin()
      const removal = trial.remove('a')
      const outcome = await inTime(trial, 'write', () => trial.store.write([removal], trial.call(budget(trial))))
      if ('value' in outcome && outcome.value[0] !== true)
        broken('a removal of what is there to be done or to fail', 'the answer false')
    },
  ),
)
