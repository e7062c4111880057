/** From samples to figures, ratios and verdicts. */

import type { Excluded, Group, Measured, Series, Subject, Target, Time, Unit } from './group.js'
import { median, ratio, spread } from './stats.js'

export interface Row {
  readonly subject: string
  readonly median: number
  /** Interquartile range as a share of the median. */
  readonly spread: number
  /** Multiple of the baseline's figure; `undefined` where the baseline was excluded. */
  readonly ratio: number | undefined
  readonly samples: readonly number[]
}

export interface Verdict {
  readonly subject: string
  /** The peer that the figure was measured against: the best of those named. */
  readonly against: string | undefined
  readonly atLeast: number | undefined
  readonly atMost: number | undefined
  /** `undefined` where a side was excluded, and then nothing is reached. */
  readonly figure: number | undefined
  readonly reached: boolean
}

export interface GroupResult {
  readonly name: string
  readonly title: string
  readonly unit: Unit
  readonly time?: Time | undefined
  readonly baseline: string
  readonly subjects: readonly Subject[]
  readonly rows: readonly Row[]
  readonly verdicts: readonly Verdict[]
  readonly excluded: readonly Excluded[]
}

export function judge(group: Omit<Group, 'check' | 'measure' | 'alone'>, measured: Measured): GroupResult {
  const samplesOf = new Map(measured.series.map((series) => [series.subject, series.samples]))
  const baseline = samplesOf.get(group.baseline)
  return {
    name: group.name,
    title: group.title,
    unit: group.unit,
    time: group.time,
    baseline: group.baseline,
    subjects: group.subjects,
    rows: measured.series.map(({ subject, samples }) => ({
      subject,
      median: median(samples),
      spread: spread(samples),
      ratio: baseline && ratio(samples, baseline),
      samples,
    })),
    verdicts: group.targets.map((target) => verdict(target, measured.series, group.unit)),
    excluded: measured.excluded,
  }
}

function verdict(target: Target, series: readonly Series[], unit: Unit): Verdict {
  const own = series.find(({ subject }) => subject === target.subject)
  const peer = target.against && best(target.against, series, unit)
  const figure = own && figureOf(own, target, peer)
  const { subject, atLeast, atMost } = target
  const reached = figure !== undefined && figure >= (atLeast ?? -Infinity) && figure <= (atMost ?? Infinity)
  return { subject, against: peer?.subject, atLeast, atMost, figure, reached }
}

function figureOf(own: Series, target: Target, peer: Series | undefined): number | undefined {
  if (target.against === undefined) return median(own.samples)
  return peer && ratio(own.samples, peer.samples)
}

function best(names: readonly string[], series: readonly Series[], unit: Unit): Series | undefined {
  const peers = series.filter(({ subject }) => names.includes(subject))
  peers.sort((a, b) => median(b.samples) - median(a.samples))
  return unit.better === 'more' ? peers[0] : peers.at(-1)
}
