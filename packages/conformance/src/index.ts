export { type AnySubject, checkAny } from './any-subject.js'
export { type CacheSubject, checkCache } from './cache.js'
export {
  Broken,
  type BrokenFacts,
  type Check,
  type CheckContext,
  type ExampleOptions,
  type Facts,
  type PropertyOptions,
  type PutOptions,
  type RemoveOptions,
  type Trial,
} from './check.js'
export type { CodecLike, CodecSubject } from './codec/check.js'
export { same } from './codec/same.js'
export { checkCodec } from './codec.js'
export { COLOURS, type Colours, coloursFor, NO_COLOURS } from './colours.js'
export { collect } from './expect.js'
export type { Failure } from './failure.js'
export { type FaultOptions, type FaultRates, type FaultyStore, faulty, type InjectedFault } from './faulty-store.js'
export { pattern } from './format.js'
export type { HandleOptions, MakeCache } from './handle/handles.js'
export type { HistoryAction, HistoryCondition, HistoryOperation } from './history/operations.js'
export { type HistoryRecorder, type RecordOptions, recordHistory } from './history/recorder.js'
export { checkHistory, type HistoryOptions, type HistoryVerdict } from './history.js'
export { checkLayer, checkStack, type LayerSubject, type Stack, type StackSubject } from './layer.js'
export { type Calls, callsOn } from './makers.js'
export type { Opening } from './opening.js'
export { Outage } from './outage.js'
export { Disk, type ReferenceContext, ReferenceStore, RemoteReferenceStore } from './reference.js'
export { type ReferenceClass, referenceSubject } from './reference-subject.js'
export { codeOf, failureText, replayOf, type TextOptions, textOf } from './report.js'
export { badgeOf } from './report-badge.js'
export { jsonOf } from './report-json.js'
export type { LawResult, NotTried, Report, Status } from './results.js'
export { checkStore } from './run.js'
export { type CheckOptions, DEFAULTS } from './run-options.js'
export { scheduled, settleWith } from './scheduling.js'
export { type Deviation, FAULTS, type Fault, type OpenContext, type Subject, type Values } from './subject.js'
