import type { HistoryCondition, HistoryOperation } from './operations.js'

/** A history as lines, in the order of the calls: who, from when to when, what, and the answer. */
export function printHistory<V>(operations: readonly HistoryOperation<V>[]): string {
  const first = Math.min(...operations.map((operation) => operation.begin))
  return [...operations]
    .sort((a, b) => a.begin - b.begin)
    .map((operation) => {
      const client = operation.client === undefined ? '' : `client ${operation.client}  `
      const end = operation.unknown === true ? '?' : `${round(operation.end - first)}`
      return `  ${client}[${round(operation.begin - first)} … ${end}]  ${doing(operation)} → ${answer(operation)}`
    })
    .join('\n')
}

function doing<V>(operation: HistoryOperation<V>): string {
  switch (operation.verb) {
    case 'put':
      return `put ${print(operation.value)}${asked(operation.when)}`
    case 'remove':
      return `remove${asked(operation.when)}`
    default:
      return operation.verb
  }
}

function asked<V>(when: HistoryCondition<V> | undefined): string {
  if (when === undefined) return ''
  return typeof when === 'string' ? ` when ${when}` : ` when ${print(when.value)} is stored`
}

function answer<V>(operation: HistoryOperation<V>): string {
  if (operation.unknown === true) return 'unknown'
  if (operation.verb === 'clear') return 'done'
  return operation.answer === undefined ? 'nothing' : print(operation.answer)
}

export function print(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

function round(stamp: number): number {
  return Math.round(stamp * 1000) / 1000
}
