import { code } from '../format.js'
import type { HistoryOperation } from '../history/operations.js'
import { checkHistory } from '../history.js'
import type { Finding } from './finding.js'
import { counterOf } from './rounds.js'

type Operation = HistoryOperation<string>

/** Whether some order of all that was done explains every answer, and whether every increment counts. */
export function judgeHistory(operations: readonly Operation[], rounds: number, lossy: boolean): readonly Finding[] {
  const verdict = checkHistory(operations, { lossy })
  const findings: Finding[] = []
  if (!verdict.legal) {
    const isConditional = verdict.operations.some((operation) => 'when' in operation && operation.when !== undefined)
    const [expected = '', ...lines] = verdict.text.split('\n')
    findings.push({
      law: isConditional ? 'C5' : 'O2',
      title: 'some order explains what several processes were answered',
      expected: 'an order of these operations in which every answer is right',
      got: expected.replace(/:$/, ''),
      story: [...lines.map((line) => line.trim()), '(microseconds; what is marked with ? may have happened or not)'],
    })
  }
  const lost = lossy ? undefined : lostIncrement(operations, rounds)
  return lost === undefined || !verdict.legal ? findings : [...findings, lost]
}

/** The last read of each counter shows as many increments as were acknowledged. */
function lostIncrement(operations: readonly Operation[], rounds: number): Finding | undefined {
  for (let round = 0; round < rounds; round += 1) {
    const key = counterOf(round)
    const ofKey = operations.filter((operation) => operation.key === key)
    if (ofKey.some(({ unknown }) => unknown === true)) continue
    const done = ofKey.filter((operation) => operation.verb === 'put' && operation.answer).length
    const last = ofKey.at(-1)
    const shown = last?.verb === 'read' && last.answer !== undefined ? Number.parseInt(last.answer, 10) : 0
    if (shown === done) continue
    return {
      law: 'C5',
      title: 'no increment of several processes is lost',
      expected: `${done} in ${code(key)}, which was incremented so often`,
      got: String(shown),
      story: [],
    }
  }
  return undefined
}
