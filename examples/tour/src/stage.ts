import { createInterface } from 'node:readline/promises'
import { styleText } from 'node:util'
import { snippet } from './snippet.js'
import type { Outcome, Step } from './step.js'

type Style = Parameters<typeof styleText>[0]

/** Where the tour is shown: in colour and at the reader's pace on a terminal, straight through elsewhere. */
export class Stage {
  readonly #coloured = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === ''

  open(stops: number, store: string): void {
    this.#say()
    this.#say(
      `${this.#paint('bold', 'Cachette')} ${this.#paint('dim', `in ${stops} stops, on ${store}: the lines you see are the lines that run`)}`,
    )
  }

  announce(step: Step, index: number): void {
    this.#say()
    this.#say(`${this.#paint('cyan', `${index + 1}.`)} ${this.#paint('bold', step.title)}`)
    for (const line of wrapped(step.story)) this.#say(`   ${line}`)
    this.#say()
    for (const line of snippet(step.name)) this.#say(`   ${this.#paint('dim', '│')} ${this.#code(line)}`)
    this.#say()
  }

  conclude(outcome: Outcome): void {
    const sign = outcome.ok ? this.#paint('green', '✓') : this.#paint('red', '✗')
    for (const line of outcome.lines) this.#say(`   ${sign} ${line}`)
  }

  close(failed: number): void {
    this.#say()
    if (failed > 0) this.#say(this.#paint('red', `${failed} of the stops did not go as told.`))
    else this.#say(`${this.#paint('green', 'That was the tour.')} Next: README.md, then packages/core/README.md.`)
  }

  /** Waits for the reader, where there is one. */
  async pause(): Promise<void> {
    if (!process.stdin.isTTY || !process.stdout.isTTY) return
    const terminal = createInterface({ input: process.stdin, output: process.stdout })
    await terminal.question(this.#paint('dim', '\n   Enter for the next stop '))
    terminal.close()
  }

  #code(line: string): string {
    const comment = line.indexOf('// ')
    const code = comment < 0 ? line : line.slice(0, comment)
    const painted = code
      .split(/('[^']*'|`[^`]*`|\b(?:const|await|async|return|for|let|new|of)\b)/)
      .map((part) => this.#token(part))
      .join('')
    return comment < 0 ? painted : painted + this.#paint('dim', line.slice(comment))
  }

  #token(part: string): string {
    if (/^['`]/.test(part)) return this.#paint('green', part)
    return /^(?:const|await|async|return|for|let|new|of)$/.test(part) ? this.#paint('magenta', part) : part
  }

  #paint(style: Style, text: string): string {
    return this.#coloured ? styleText(style, text) : text
  }

  #say(line = ''): void {
    process.stdout.write(`${line}\n`)
  }
}

const WIDTH = 96

/** Text in lines that fit a terminal. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= WIDTH) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
