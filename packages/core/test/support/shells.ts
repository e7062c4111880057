import { manualClock } from '../../src/clock.js'
import type { Page, Traits } from '../../src/contract.js'
import { innerShell } from '../../src/shell.js'
import type { Notice } from '../../src/told.js'
import { NOW } from './entries.js'
import { TestStore } from './test-store.js'

/** A store with its shell on, on a clock that stands still. */
export function shelled<V = string>(traits: Partial<Traits> = {}, store = new TestStore<V>(traits)) {
  const clock = manualClock(NOW)
  const base = innerShell(store, { clock })
  const notices: Notice[] = []
  base.observe((notice) => notices.push(notice))
  return { clock, store, base, notices }
}

export async function keysOf(pages: AsyncIterable<Page<unknown>>): Promise<string[]> {
  const keys: string[] = []
  for await (const page of pages) keys.push(...page.map(([key]) => key))
  return keys
}
