import { isCacheError, type LawId } from '@cachette/core'
import { Broken } from './check.js'
import { brief } from './format.js'

/** How a law was broken, and how to see it again. */
export interface Failure {
  readonly law: LawId
  /** What was being tried. */
  readonly title: string
  readonly expected: string
  readonly got: string
  /** The calls that led to it, the fewest that were found, as code. */
  readonly calls: readonly string[]
  readonly seed: number
  /** Where among all that was tried; together with the seed it is tried again. */
  readonly path: string
  /** The words behind the program's name that try it again, where law, seed and path are not enough. Then `calls` tell a story, and are no code. */
  readonly replay?: string | undefined
  /** What the store threw, where that is what went wrong. */
  readonly cause?: unknown
}

/** What a check came to, before it is known how to get there again. */
export type Verdict = Pick<Failure, 'law' | 'expected' | 'got' | 'cause'>

/** A failure of a check as what it says of a law: `Broken` as it is, anything else as a call that should have succeeded. */
export function judge(error: unknown, law: LawId): Verdict {
  const broken = brokenIn(error)
  if (broken !== undefined) return { law: broken.law ?? law, expected: broken.expected, got: broken.got }
  return { law, expected: 'every call to succeed', got: `a failure: ${messageOf(error)}`, cause: error }
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return brief(error)
  return isCacheError(error) || error.name === 'Error' ? error.message : `${error.name}: ${error.message}`
}

/** The shell passes on what it does not know as the cause of a `CacheError`. */
export function brokenIn(error: unknown): Broken | undefined {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof Broken) return one
  return undefined
}
