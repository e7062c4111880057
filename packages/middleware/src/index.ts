export {
  EVICTION_DEFAULTS,
  type Eviction,
  type EvictionLimits,
  type EvictionOptions,
  eviction,
  type PolicyName,
  type Removal,
  type RemovalCause,
} from './eviction.js'
