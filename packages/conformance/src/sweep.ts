import { KEY_FAMILIES } from './arbitraries.js'
import type { CheckContext, Trial } from './check.js'

/** What is tried with some keys; `aim` is what else it depends on, such as a prefix. Earlier attempts may have left entries. */
export type Attempt<A> = (trial: Trial, keys: readonly string[], aim: A) => Promise<void>

/**
 * Tries every family of hostile keys, all of its keys at once: none is left to chance. Where that fails, it looks for
 * one key or two with which it fails as well, so that the record is short.
 */
export async function sweep<A>(
  context: CheckContext,
  aimsAt: (keys: readonly string[]) => readonly A[],
  attempt: Attempt<A>,
): Promise<void> {
  for (const keys of Object.values(KEY_FAMILIES)) {
    await context.example(async (trial) => {
      if (!isFair(context, keys)) return
      for (const aim of aimsAt(keys)) {
        if (await fails(trial, keys, aim, attempt)) return tellShortly(trial, keys, aim, attempt)
      }
    })
  }
}

/** A store that mixes keys up says nothing about other laws with keys that can be mixed up. */
export function isFair({ law, known }: CheckContext, keys: readonly string[]): boolean {
  const isAboutKeys = law === 'K1' || law === 'K2'
  return isAboutKeys || !(known.has('K1') || known.has('K2')) || keys.every((key) => PLAIN.test(key))
}

const PLAIN = /^[a-z][a-z0-9]{0,40}$/

/** Prefixes that one of the keys begins with: none, short ones, all but the last character, and the whole key. */
export function prefixesOf(keys: readonly string[]): string[] {
  const all = keys.flatMap((key) => {
    const characters = [...key]
    return [0, 1, 2, characters.length - 1, characters.length].map((end) => characters.slice(0, end).join(''))
  })
  return [...new Set(all)]
}

async function tellShortly<A>(trial: Trial, keys: readonly string[], aim: A, attempt: Attempt<A>): Promise<void> {
  for (const few of fewOf(keys)) {
    await trial.restart()
    if (await fails(trial, few, aim, attempt)) return fromTheStart(trial, few, aim, attempt)
  }
  return fromTheStart(trial, keys, aim, attempt)
}

async function fromTheStart<A>(trial: Trial, keys: readonly string[], aim: A, attempt: Attempt<A>): Promise<void> {
  await trial.restart()
  return attempt(trial, keys, aim)
}

async function fails<A>(trial: Trial, keys: readonly string[], aim: A, attempt: Attempt<A>): Promise<boolean> {
  try {
    await attempt(trial, keys, aim)
    return false
  } catch {
    // How it fails is told when it is tried again, alone.
    return true
  }
}

function fewOf(keys: readonly string[]): string[][] {
  const pairs = keys.flatMap((a) => keys.filter((b) => b !== a).map((b) => [a, b]))
  return [...keys.map((key) => [key]), ...pairs]
}
