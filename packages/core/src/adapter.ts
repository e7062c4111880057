export { type Errno, errnoError } from './adapter/errno.js'
export { endOfPrefix } from './adapter/prefix.js'
export {
  type Slice,
  SWEEP_DEFAULTS,
  Sweeper,
  type SweepOptions,
  type SweepReport,
  type SweepSettings,
} from './adapter/sweeper.js'
export { copyOf } from './bytes.js'
export { Lanes, type Queued, type Scope } from './lanes.js'
