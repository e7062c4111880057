import type { LawId } from '@cachette/core'
import { checkCache } from '../cache.js'
import { checkCodec } from '../codec.js'
import { checkLayer } from '../layer.js'
import type { Report } from '../results.js'
import { checkStore } from '../run.js'
import type { CheckOptions } from '../run-options.js'
import type { Mutant } from './mutant.js'

/** What became of a mutant. */
export interface Hunted {
  readonly mutant: Mutant
  /** The law that must find it did. */
  readonly killed: boolean
  /** Where it did not: the laws that find it, if any. */
  readonly killedBy: readonly LawId[]
}

/** Tries the mutant by its own law alone; where that does not find it, by all others, to say more. */
export async function hunt(mutant: Mutant, options: CheckOptions): Promise<Hunted> {
  const own = await judge(mutant, { ...options, laws: [mutant.law] })
  if (brokenIn(own).includes(mutant.law)) return { mutant, killed: true, killedBy: [mutant.law] }
  return { mutant, killed: false, killedBy: brokenIn(await judge(mutant, options)) }
}

export function judge(mutant: Mutant, options: CheckOptions): Promise<Report> {
  switch (mutant.kind) {
    case 'store':
      return checkStore(mutant.subject, options)
    case 'layer':
      return checkLayer(mutant.subject, options)
    case 'handle':
      return checkCache(mutant.subject, options)
    case 'codec': {
      const { runs, seed, laws } = options
      return checkCodec(mutant.subject, { runs, seed, laws })
    }
  }
}

function brokenIn(report: Report): readonly LawId[] {
  return report.laws.filter(({ status }) => status === 'broken').map(({ law }) => law)
}
