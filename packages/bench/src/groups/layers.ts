import type { Group } from '../harness/group.js'
import { timed } from '../harness/measure.js'
import { layered } from '../subjects/ours.js'

function stack(pace: 'awaited' | 'sync'): Group {
  const none = layered(0, pace)
  const six = layered(6, pace)
  return timed({
    name: `layers/${pace}`,
    title: `${pace} get through layers that have nothing to do`,
    verb: 'get',
    pace,
    time: 'processor',
    subjects: [none, layered(3, pace), six],
    baseline: none.name,
    targets: [{ subject: six.name, against: [none.name], atLeast: 0.6 }],
  })
}

export const layersAwaited = stack('awaited')
export const layersSync = stack('sync')
