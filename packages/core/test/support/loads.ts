import type { Load } from '../../src/contract.js'
import { version } from './entries.js'

/** A load whose end the test brings about. */
export interface TestLoad extends Load {
  end(): void
}

export function testLoad(): TestLoad {
  const ends: (() => void)[] = []
  let voided = false
  return {
    begun: version(),
    get voided() {
      return voided
    },
    void() {
      voided = true
    },
    onEnd: (run) => void ends.push(run),
    end() {
      for (const run of ends) run()
    },
  }
}
