import { checkStack, type Report, textOf } from '@cachette/conformance'
import { type CacheError, compose, isCacheError, type Layer, manualClock, shell } from '@cachette/core'
import fc from 'fast-check'
import { LAYERS } from './layers.js'
import type { Open } from './stores.js'

/** Layers by name, in some order, over some store. */
export interface Draw {
  readonly store: string
  readonly layers: readonly string[]
}

const NAMES = Object.keys(LAYERS)
const MOST = 8

/** Half of them in the order that works, half in any. */
export function draws(stores: readonly string[], count: number, seed: number): readonly Draw[] {
  const anyOrder = fc.shuffledSubarray(NAMES, { minLength: 1, maxLength: MOST })
  const inOrder = anyOrder.map((names) => [...names].sort((a, b) => NAMES.indexOf(a) - NAMES.indexOf(b)))
  const draw = fc.record({ store: fc.constantFrom(...stores), layers: fc.oneof(anyOrder, inOrder) })
  return fc.sample(draw, { numRuns: count, seed })
}

/** Why the stack was refused at construction; or what the kit says of it. */
export async function judge(
  { store, layers }: Draw,
  open: Open,
  seed: number,
): Promise<{ readonly refused: CacheError } | { readonly report: Report }> {
  const make = (): readonly Layer[] => layers.flatMap((name) => LAYERS[name]?.() ?? [])
  const clock = manualClock()
  const tried = await open({ clock })
  try {
    compose(shell(tried, { clock }), make())
  } catch (error) {
    if (isCacheError(error) && error.code === 'INVALID_OPTION') return { refused: error }
    throw error
  } finally {
    await tried.close()
  }
  return {
    report: await checkStack(
      { name: `${layers.join(', ')} over ${store}`, layers: make, over: open },
      { runs: 2, seed },
    ),
  }
}

/** What is wrong with a judgement, in words; nothing where all is well. */
export function faultIn(draw: Draw, judged: Awaited<ReturnType<typeof judge>>): string | undefined {
  const title = `${draw.layers.join(', ')} over ${draw.store}`
  if ('report' in judged) return judged.report.passed ? undefined : textOf(judged.report)
  const isReasoned = draw.layers.some((name) => judged.refused.message.includes(name))
  return isReasoned ? undefined : `${title}: refused, and not said why: ${judged.refused.message}`
}
