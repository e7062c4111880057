import { cpSync, readdirSync } from 'node:fs'
import { manualClock } from '@cachette/core'
import { level } from '../src/index.js'
import { freshPath } from './support.js'
import { using } from './using.js'

/** What a child found. */
export interface Told {
  right: number
  missing: number
  wrong: number
  /** The codes of all reads. */
  read: string[]
  scan: string
  write: string
  close: string
}

export const NOTHING: Told = { right: 0, missing: 0, wrong: 0, read: [], write: '', scan: '', close: 'done' }

export const COUNT = 3_000

export const keyOf = (index: number): string => `user:${String(index).padStart(5, '0')}`

/** Some of it can be compressed, some cannot. */
export const textOf = (index: number): string => `${'a'.repeat(60)}${(index * 7919).toString(36).repeat(12)}`

/** A closed database of several tables and a log. */
export async function filled(): Promise<string> {
  const path = freshPath()
  const clock = manualClock()
  const store = level({ path, clock, bufferBytes: 65_536 })
  const { put, call } = using(store, clock)
  for (let from = 0; from < COUNT; from += 100) {
    await store.write(
      Array.from({ length: 100 }, (_, index) => put(keyOf(from + index), textOf(from + index))),
      call(),
    )
  }
  await store.close()
  return path
}

export function copied(path: string): string {
  const copy = freshPath()
  cpSync(path, copy, { recursive: true })
  return copy
}

export function filesOf(path: string, kind: RegExp): readonly string[] {
  return readdirSync(path).filter((file) => kind.test(file))
}
