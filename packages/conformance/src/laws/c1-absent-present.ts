import { type Check, checksOf } from '../check.js'
import { whenItJudges } from '../expect.js'
import { expectCondition, states } from '../states.js'

export const C1: readonly Check[] = checksOf('C1', {
  title: 'absent and present over every state that a key can be in',
  applies: whenItJudges,
  run: async (context) => {
    for (const state of states(context)) {
      for (const when of ['absent', 'present'] as const) {
        await context.example((trial) => expectCondition(trial, state, when, (when === 'present') === state.isVisible))
      }
    }
  },
})
