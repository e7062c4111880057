import type { Found } from '@cachette/core'
import { relatedKeys, withPrefix } from '../arbitraries.js'
import { type Check, checksOf, type Trial } from '../check.js'
import { broken, difference, expectWrite, putAll, readOne, scanAll, whenItScans, writeOne } from '../expect.js'
import { brief } from '../format.js'
import { type State, states } from '../states.js'
import { isFair, prefixesOf, sweep } from '../sweep.js'

const SHOWS = ['live', 'kept', 'all'] as const

export const S2: readonly Check[] = checksOf(
  'S2',
  {
    title: 'a scan takes its prefix literally',
    applies: whenItScans,
    run: async (context) => {
      await sweep(context, prefixesOf, givesOnlyWhatBegins)
      await context.property(
        withPrefix(relatedKeys(2, 8)),
        async ({ keys, prefix }, trial) => {
          if (isFair(context, keys)) await givesOnlyWhatBegins(trial, keys, prefix)
        },
        { share: 0.5 },
      )
    },
  },
  {
    title: 'a scan gives the entries that reads give',
    applies: whenItScans,
    run: (context) =>
      context.property(
        context.values.arbitrary,
        async (value, trial) => {
          const put = trial.put('a', { value, tags: [{ name: 'tag' }], marks: { mark: 1 } })
          await writeOne(trial, put)
          const [pair] = await scanAll(trial)
          expectWrite(pair?.[1], put, "a scan over key 'a'")
          const read = await readOne(trial, 'a')
          if (pair === undefined || read === undefined) return
          const different = difference(pair[1], read, context.values)
          if (different !== undefined)
            broken(`the scanned entry's ${different.name} to be ${different.expected}`, different.got)
        },
        { share: 0.3 },
      ),
  },
  {
    title: 'a scan shows what the call asks to be shown, in every state that a key can be in',
    applies: whenItScans,
    run: async (context) => {
      for (const state of states(context)) {
        for (const show of SHOWS) {
          for (const want of ['value', 'header'] as const) {
            await context.example(async (trial) => {
              const stored = await state.enter(trial)
              await writeOne(trial, trial.put('b'))
              const page = await scanAll(trial, 'a', { show, want })
              const shown = stored !== undefined && isShown(state, stored.entry?.kind, show)
              const what = `a scan that shows '${show}' to give ${shown ? 'the entry' : 'nothing'} of a key ${state.words}`
              if (page.length > 0 !== shown) broken(what, inWords(page.map(([, found]) => found)))
            })
          }
        }
      }
    },
  },
)

async function givesOnlyWhatBegins(trial: Trial, keys: readonly string[], prefix: string): Promise<void> {
  await putAll(trial, keys)
  for (const [key] of await scanAll(trial, prefix)) {
    if (!key.startsWith(prefix)) broken(`a scan of ${brief(prefix)} to give what begins with it`, brief(key))
  }
}

function isShown(state: State, kind: string | undefined, show: (typeof SHOWS)[number]): boolean {
  if (show === 'all') return true
  return show === 'kept' ? kind === 'value' : state.isVisible
}

function inWords(found: readonly Found<unknown>[]): string {
  return found.length === 0 ? 'nothing' : `an entry of kind ${found.map(({ kind }) => kind).join(', ')}`
}
