import { type Check, checksOf } from '../check.js'
import { whenItJudges } from '../expect.js'
import { expectCondition, states } from '../states.js'

export const C2: readonly Check[] = checksOf('C2', {
  title: 'vacant over every state that a key can be in',
  applies: whenItJudges,
  run: async (context) => {
    for (const state of states(context)) {
      await context.example((trial) => expectCondition(trial, state, 'vacant', !state.isLive))
    }
  },
})
