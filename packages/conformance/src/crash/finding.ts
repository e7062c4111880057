import type { LawId } from '@cachette/core'
import { type Exit, inWords } from './spawn.js'
import type { Trouble } from './wire.js'

/** What is wrong, before it is known how to get there again. */
export interface Finding {
  readonly law: LawId
  readonly title: string
  readonly expected: string
  readonly got: string
  /** What led there, in lines. */
  readonly story: readonly string[]
}

const STACK_LINES = 6

/** A child that could not do what every store can. */
export function troubled(law: LawId, title: string, trouble: Trouble, story: readonly string[]): Finding {
  const { during, message, stack } = trouble
  const lines = stack?.split('\n').slice(1, STACK_LINES + 1) ?? []
  return {
    law,
    title,
    expected: `${during} to succeed`,
    got: message,
    story: [...story, ...lines.map((l) => l.trim())],
  }
}

const STDERR_LINES = 12

/** A process that ended by itself before it was told to. */
export function died(law: LawId, title: string, during: string, exit: Exit, story: readonly string[]): Finding {
  const last = exit.stderr.trim().split('\n').slice(-STDERR_LINES)
  const expected = `the process to live through ${during}`
  return { law, title, expected, got: inWords(exit), story: [...story, ...last.filter((line) => line !== '')] }
}

export function hung(law: LawId, title: string, during: string, patienceMs: number, story: readonly string[]): Finding {
  return { law, title, expected: `${during} to end`, got: `nothing for ${patienceMs} ms`, story }
}
