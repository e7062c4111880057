import { writeSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one plain line, `Tests: N passed, N failed`, after all that vitest and its coverage have to say. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      let failed = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'failed') failed++
        else if (state === 'passed') count.passed++
        else count.skipped++
      }
      // A file that fails as a whole (it does not load, a hook throws) counts as one failure.
      count.failed += failed === 0 && !module.ok() ? 1 : failed
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    const line = `Tests: ${count.passed} passed, ${count.failed} failed${skipped}\n`
    process.once('exit', () => writeSync(1, line))
  }
}
