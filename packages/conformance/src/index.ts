export { type AnySubject, checkAny } from './any-subject.js'
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
export { COLOURS, type Colours, coloursFor, NO_COLOURS } from './colours.js'
export { collect } from './expect.js'
export type { Failure } from './failure.js'
export { pattern } from './format.js'
export { checkLayer, checkStack, type LayerSubject, type Stack, type StackSubject } from './layer.js'
export { type Calls, callsOn } from './makers.js'
export { codeOf, failureText, replayOf, type TextOptions, textOf } from './report.js'
export { badgeOf } from './report-badge.js'
export { jsonOf } from './report-json.js'
export type { LawResult, NotTried, Report, Status } from './results.js'
export { checkStore } from './run.js'
export { type CheckOptions, DEFAULTS } from './run-options.js'
export { type Deviation, FAULTS, type Fault, type OpenContext, type Subject, type Values } from './subject.js'
