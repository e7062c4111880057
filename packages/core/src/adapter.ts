export { type EncodeList, type Encoding, encoding } from './adapter/encoding.js'
export { type Errno, errnoError } from './adapter/errno.js'
export { failedInPart, inPart } from './adapter/partial.js'
export { endOfPrefix } from './adapter/prefix.js'
export {
  type Slice,
  SWEEP_DEFAULTS,
  Sweeper,
  type SweepOptions,
  type SweepReport,
  type SweepSettings,
} from './adapter/sweeper.js'
export { inOrder, mapped, promised, recover } from './awaitable.js'
export { copyOf } from './bytes.js'
export { Deadlines, type Late } from './deadlines.js'
export { restated } from './errors.js'
export { Lanes, type Queued, type Scope } from './lanes.js'
export { tellAll } from './listeners.js'
