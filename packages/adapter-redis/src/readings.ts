import type { Command } from './command.js'
import type { Question, Request, Terms, Waiting } from './question.js'
import { HEADS } from './scripts.js'

/** What is stored under some names of one slot: whole, or the head of each and how long the whole is. */
export interface Reading {
  readonly names: readonly string[]
  readonly slot: number
  readonly want: 'value' | 'header'
  readonly question: Question
}

/** With more names than this, one command would keep the server from all others for long. */
const MAX_NAMES = 1_000

/** As few commands as can be: those who read in one turn and one slot share one. */
export function joined(readings: readonly Reading[]): Request[] {
  const [only] = readings
  if (only === undefined) return []
  if (readings.length === 1) return [asOne(readings, only)]
  const requests: Request[] = []
  for (const alike of byKind(readings)) {
    let batch: Reading[] = []
    let count = 0
    for (const reading of alike) {
      if (batch[0] !== undefined && count + reading.names.length > MAX_NAMES) {
        requests.push(asOne(batch, batch[0]))
        batch = []
        count = 0
      }
      batch.push(reading)
      count += reading.names.length
    }
    if (batch[0] !== undefined) requests.push(asOne(batch, batch[0]))
  }
  return requests
}

function byKind(readings: readonly Reading[]): Iterable<Reading[]> {
  const kinds = new Map<string, Reading[]>()
  for (const reading of readings) {
    const { isAsking = false } = reading.question.terms
    const kind = `${reading.slot} ${reading.want} ${isAsking}`
    const alike = kinds.get(kind)
    if (alike === undefined) kinds.set(kind, [reading])
    else alike.push(reading)
  }
  return kinds.values()
}

function asOne(readings: readonly Reading[], first: Reading): Request {
  const { question, want, names } = first
  if (readings.length === 1) return { command: commandOf(want, names), waiting: question }
  const command = commandOf(
    want,
    readings.flatMap((reading) => reading.names),
  )
  return { command, waiting: new Readers(readings, first) }
}

function commandOf(want: Reading['want'], names: readonly string[]): Command {
  return want === 'header' ? ['EVALSHA', HEADS.sha, names.length, ...names] : ['MGET', ...names]
}

/** Each gets the part of the answer that is his own. */
class Readers implements Waiting {
  readonly terms: Terms
  readonly #readings: readonly Reading[]
  readonly #answersPerName: number

  constructor(readings: readonly Reading[], first: Reading) {
    const until = readings.reduce((soonest, { question }) => Math.min(soonest, question.terms.until), Infinity)
    this.terms = { ...first.question.terms, until }
    this.#readings = readings
    this.#answersPerName = first.want === 'header' ? 2 : 1
  }

  answered(answer: unknown): void {
    let at = 0
    for (const { question, names } of this.#readings) {
      const end = at + names.length * this.#answersPerName
      question.answered(Array.isArray(answer) ? answer.slice(at, end) : answer)
      at = end
    }
  }

  failed(error: unknown, isSent: boolean, now: number): void {
    for (const { question } of this.#readings) question.failed(error, isSent, now)
  }
}
