import type { Awaitable, Call, Change, Condition, Found, Version } from '@cachette/core'
import { brief, code } from './format.js'

/** What happened to a store, in order: the beginning of a call, its end, or a line of code that is no call. */
interface Happening {
  readonly type: 'begin' | 'end' | 'note'
  readonly call: number
  readonly text: Text
  readonly changes: readonly Change<unknown>[]
}

/** Code or an answer, in which writes may be called by name. */
export type Text = (names: Names) => string

/** Names for the writes of a trial; only those that are spoken of again are written out. */
export class Names {
  readonly #all = new Map<string, string>()
  readonly #used = new Set<string>()

  add(version: Version): void {
    const key = keyOf(version)
    if (!this.#all.has(key)) this.#all.set(key, `w${this.#all.size + 1}`)
  }

  /** The write's name, spoken of. */
  of(version: Version): string | undefined {
    const name = this.#all.get(keyOf(version))
    if (name !== undefined) this.#used.add(name)
    return name
  }

  /** The write's name where it is spoken of elsewhere. */
  own(change: Change<unknown>): string | undefined {
    const name = this.#all.get(keyOf(change.version))
    return name !== undefined && this.#used.has(name) ? name : undefined
  }
}

/** Nobody says it, though checks may. */
const DEFAULT_KIND = 'value'

/** The number of calls that are left out. */
const UNRECORDED = 0

/** How a change was asked for. */
interface Made {
  readonly verb: 'put' | 'remove'
  readonly options: object
}

/** Writes down the calls of a trial, and gives them back as code that makes them again. */
export class TrialRecord {
  readonly #happenings: Happening[] = []
  readonly #made = new Map<Change<unknown>, Made>()
  readonly #pending = new Map<number, Text>()
  readonly #startAt: number
  #calls = 0
  #paused = 0

  constructor(startAt: number) {
    this.#startAt = startAt
  }

  /** How the change was asked for; its condition is read from the change itself. */
  made(change: Change<unknown>, verb: 'put' | 'remove', options: object): void {
    this.#made.set(change, { verb, options })
  }

  /** What the work calls is left out: a line of code beside it says what it does. */
  async paused<T>(work: () => Awaitable<T>): Promise<T> {
    this.#paused += 1
    try {
      return await work()
    } finally {
      this.#paused -= 1
    }
  }

  /** Nothing more belongs to what happened. */
  stop(): void {
    this.#paused += 1
  }

  note(line: string | Text): void {
    if (this.#paused > 0) return
    const text = typeof line === 'string' ? () => line : line
    this.#happenings.push({ type: 'note', call: UNRECORDED, text, changes: [] })
  }

  begin(text: Text, changes: readonly Change<unknown>[] = []): number {
    if (this.#paused > 0) return UNRECORDED
    this.#calls += 1
    this.#happenings.push({ type: 'begin', call: this.#calls, text, changes })
    this.#pending.set(this.#calls, text)
    return this.#calls
  }

  end(call: number, text: Text): void {
    if (call === UNRECORDED) return
    this.#pending.delete(call)
    this.#happenings.push({ type: 'end', call, text, changes: [] })
  }

  failed(call: number, error: unknown): void {
    const what = error instanceof Error ? error.message : brief(error)
    this.end(call, () => `throws ${what.split('\n', 1).join()}`)
  }

  /** Calls that have not settled, for the text about a store that hangs. */
  get pending(): string[] {
    return [...this.#pending.values()].map((text) => text(new Names()))
  }

  change(change: Change<unknown>, names: Names): string {
    const { verb, options } = this.#made.get(change) ?? literal(change)
    const fields = this.#fields(options)
    const when = change.when === undefined ? [] : [`when: ${this.condition(change.when, names)}`]
    const inner = [...(fields === '' ? [] : [fields]), ...when].join(', ')
    return `${verb}(${code(change.key)}${inner === '' ? '' : `, { ${inner} }`})`
  }

  changes(changes: readonly Change<unknown>[], names: Names): string {
    return `[${changes.map((change) => names.own(change) ?? this.change(change, names)).join(', ')}]`
  }

  condition(when: Condition, names: Names): string {
    if (typeof when === 'string') return `'${when}'`
    const name = names.of(when.version)
    return `{ version: ${name === undefined ? this.#version(when.version) : `${name}.version`} }`
  }

  call(call: Call): string {
    const parts: string[] = []
    if (call.want !== undefined && call.want !== 'value') parts.push(`want: '${call.want}'`)
    if (call.show !== undefined && call.show !== 'live') parts.push(`show: '${call.show}'`)
    if (call.deadline !== Infinity) parts.push(`deadline: ${this.#time(call.deadline)}`)
    if (call.signal !== undefined) parts.push('signal')
    return `call(${parts.length === 0 ? '' : `{ ${parts.join(', ')} }`})`
  }

  /** Stores answer with what they like; what is no entry is shown as it is. */
  found(found: Found<unknown> | undefined, names: Names): string {
    if (!isVersion(found?.version)) return brief(found)
    return names.of(found.version) ?? `an entry of version ${this.#version(found.version)}`
  }

  keys(keys: readonly string[]): string {
    return `[${keys.map(code).join(', ')}]`
  }

  /** The calls as lines of code, their answers as comments. */
  lines(): string[] {
    const names = new Names()
    for (const change of this.#made.keys()) names.add(change.version)
    for (const { text } of this.#happenings) text(names)
    const lines: string[] = []
    const declared = new Set<string>()
    for (const [index, happening] of this.#happenings.entries()) {
      for (const change of happening.changes) {
        const name = names.own(change)
        if (name === undefined || declared.has(name)) continue
        declared.add(name)
        lines.push(`const ${name} = ${this.change(change, names)}`)
      }
      lines.push(...this.#line(happening, index, names))
    }
    return folded(lines)
  }

  /** A call that was awaited at once takes one line; one that others overlapped is begun on one and awaited on another. */
  #line({ type, call, text }: Happening, index: number, names: Names): string[] {
    if (type === 'note') return [text(names)]
    if (type === 'begin') {
      const next = this.#happenings[index + 1]
      if (next?.type !== 'end' || next.call !== call) return [`const call${call} = ${text(names)}`]
      return [`await ${text(names)}${comment(next.text(names))}`]
    }
    const before = this.#happenings[index - 1]
    if (before?.type === 'begin' && before.call === call) return []
    return [`await call${call}${comment(text(names))}`]
  }

  #fields(options: object): string {
    return Object.entries(options)
      .filter(([name, value]) => name !== 'when' && value !== undefined && !(name === 'kind' && value === DEFAULT_KIND))
      .map(([name, value]: [string, unknown]) => `${name}: ${this.#field(name, value)}`)
      .join(', ')
  }

  #field(name: string, value: unknown): string {
    if (isVersion(value)) return this.#version(value)
    const isTime = typeof value === 'number' && (name.endsWith('At') || name === 'keptUntil')
    return isTime ? this.#time(value) : code(value)
  }

  #time(time: number): string {
    if (!Number.isFinite(time)) return String(time)
    const offset = time - this.#startAt
    return offset === 0 ? 't' : `t ${offset < 0 ? '-' : '+'} ${code(Math.abs(offset))}`
  }

  #version({ time, count, writer }: Version): string {
    return `{ time: ${this.#time(time)}, count: ${count}, writer: ${writer} }`
  }
}

/** A change that was not made by the trial's own helpers. */
function literal(change: Change<unknown>): Made {
  if (change.entry === undefined) return { verb: 'remove', options: {} }
  const { value, kind, expiresAt, version } = change.entry
  return { verb: 'put', options: { value, kind, expiresAt, version } }
}

/** So many of the same line are read as one. */
const FOLDED_FROM = 3

/** Time that is moved on again and again by the same takes one line. */
function folded(lines: readonly string[]): string[] {
  const short: string[] = []
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? ''
    let end = at + 1
    while (line.startsWith('clock.advance(') && lines[end] === line) end += 1
    const times = end - at
    if (times >= FOLDED_FROM) short.push(`for (let i = 0; i < ${times}; i++) ${line}`)
    else short.push(...lines.slice(at, end))
    at = end
  }
  return short
}

function comment(answer: string): string {
  return answer === '' ? '' : ` // ${answer}`
}

function keyOf({ time, count, writer }: Version): string {
  return `${time}.${count}.${writer}`
}

function isVersion(value: unknown): value is Version {
  return typeof value === 'object' && value !== null && 'time' in value && 'count' in value && 'writer' in value
}
