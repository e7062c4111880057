import type { Change, Condition } from '@cachette/core'
import type { CheckContext, Trial } from './check.js'
import { expectAnswer, writeOne } from './expect.js'

/** A state that a key can be in, and what it means to reads and conditions. */
export interface State {
  readonly words: string
  /** An ordinary read gives it. */
  readonly isVisible: boolean
  /** Something is in force: a value, a lease or a tombstone. */
  readonly isLive: boolean
  /** Brings key 'a' into the state; gives the write whose entry is stored, where one is. */
  enter(trial: Trial): Promise<Change<unknown> | undefined>
}

const SECOND_MS = 1_000

/** Every state, but for what is past its keptUntil: whether that has been reclaimed yet, nobody may say. */
export function states({ known }: Pick<CheckContext, 'known'>): readonly State[] {
  const all: readonly State[] = [
    { words: 'that was never written', isVisible: false, isLive: false, enter: async () => undefined },
    { words: 'that holds a value', isVisible: true, isLive: true, enter: (trial) => put(trial, {}) },
    { words: 'that holds a stale value', isVisible: true, isLive: true, enter: (trial) => put(trial, { stale: true }) },
    {
      words: 'that holds a value in its last millisecond',
      isVisible: true,
      isLive: true,
      enter: (trial) => put(trial, { pass: SECOND_MS - 1 }),
    },
    { words: 'that holds a lease', isVisible: false, isLive: true, enter: (trial) => put(trial, { kind: 'lease' }) },
    {
      words: 'that holds a tombstone',
      isVisible: false,
      isLive: true,
      enter: (trial) => put(trial, { kind: 'tombstone' }),
    },
    {
      words: 'that holds an expired value',
      isVisible: false,
      isLive: false,
      enter: (trial) => put(trial, { pass: SECOND_MS }),
    },
    {
      words: 'that holds an expired lease',
      isVisible: false,
      isLive: false,
      enter: (trial) => put(trial, { kind: 'lease', pass: SECOND_MS }),
    },
    {
      words: 'that holds an expired tombstone',
      isVisible: false,
      isLive: false,
      enter: (trial) => put(trial, { kind: 'tombstone', pass: SECOND_MS }),
    },
  ]
  // Where removing does not work, nothing can be said of what was removed.
  return known.has('O2')
    ? all
    : [...all, { words: 'that was removed', isVisible: false, isLive: false, enter: removed }]
}

/** Puts over the state on a condition, and looks at the answer alone: what becomes of the entry is another law. */
export async function expectCondition(trial: Trial, state: State, when: Condition, holds: boolean): Promise<void> {
  await state.enter(trial)
  const condition = typeof when === 'string' ? `'${when}'` : 'the version'
  const done = await writeOne(trial, trial.put('a', { when }))
  expectAnswer(done, holds, `a put on the condition ${condition} over a key ${state.words}`)
}

interface Phase {
  readonly kind?: 'value' | 'lease' | 'tombstone'
  readonly stale?: boolean
  readonly pass?: number
}

async function put(trial: Trial, { kind = 'value', stale = false, pass = 0 }: Phase): Promise<Change<unknown>> {
  const now = trial.clock.now()
  const expiresAt = now + SECOND_MS
  const change = trial.put('a', { kind, expiresAt, keptUntil: expiresAt + SECOND_MS, ...(stale && { staleAt: now }) })
  await writeOne(trial, change)
  if (pass > 0) trial.clock.advance(pass)
  return change
}

async function removed(trial: Trial): Promise<undefined> {
  await writeOne(trial, trial.put('a'))
  await writeOne(trial, trial.remove('a'))
}
