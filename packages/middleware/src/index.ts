export { BULKHEAD_DEFAULTS, type Bulkhead, type BulkheadOptions, type BulkheadSettings, bulkhead } from './bulkhead.js'
export {
  CHAOS_DEFAULTS,
  type Chaos,
  type ChaosChanges,
  type ChaosFault,
  type ChaosOptions,
  type ChaosRates,
  type ChaosSettings,
  type ChaosVerb,
  chaos,
  type InjectedFault,
} from './chaos.js'
export {
  CHECKSUM_DEFAULTS,
  type Checksum,
  type ChecksumName,
  type ChecksumOptions,
  type ChecksumSettings,
  checksum,
} from './checksum.js'
export {
  type BreakerCause,
  type BreakerChange,
  type BreakerStatus,
  CIRCUIT_BREAKER_DEFAULTS,
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitBreakerSettings,
  circuitBreaker,
} from './circuit-breaker.js'
export { COALESCE_DEFAULTS, type Coalesce, type CoalesceOptions, coalesce } from './coalesce.js'
export {
  type AlgorithmName,
  COMPRESSION_DEFAULTS,
  type Compression,
  type CompressionOptions,
  type CompressionSettings,
  compression,
} from './compression.js'
export {
  type CipherName,
  ENCRYPTION_DEFAULTS,
  type Encryption,
  type EncryptionKey,
  type EncryptionKeys,
  type EncryptionOptions,
  type EncryptionSettings,
  encryption,
} from './encryption.js'
export {
  EVICTION_DEFAULTS,
  type Eviction,
  type EvictionLimits,
  type EvictionOptions,
  type EvictionSettings,
  eviction,
  type PolicyName,
  type Removal,
  type RemovalCause,
} from './eviction.js'
export {
  FAIL_OPEN_DEFAULTS,
  type FailOpen,
  type FailOpenOptions,
  type FailOpenSettings,
  type FailOpenVerb,
  failOpen,
} from './fail-open.js'
export { type HashedKeysOptions, hashedKeys } from './hashed-keys.js'
export { type Hook, type Hooks, hooks, type Invalidation } from './hooks.js'
export { JITTER_DEFAULTS, type Jitter, type JitterOptions, type JitterSettings, jitter } from './jitter.js'
export {
  LOGGING_DEFAULTS,
  type LogEvent,
  type Logger,
  type Logging,
  type LoggingDefaults,
  type LoggingOptions,
  type LoggingSettings,
  type LogLevel,
  logging,
} from './logging.js'
export {
  type BudgetChange,
  MEMORY_BUDGET_DEFAULTS,
  type MemoryBudget,
  type MemoryBudgetOptions,
  type MemoryBudgetSettings,
  type MemoryReading,
  memoryBudget,
  type PressureLevel,
  type Squeezable,
} from './memory-budget.js'
export {
  type InvalidateKeysOptions,
  PATTERNS_DEFAULTS,
  type Patterns,
  type PatternsOptions,
  patterns,
} from './patterns.js'
export {
  RATE_LIMIT_DEFAULTS,
  type RateLimit,
  type RateLimitOptions,
  type RateLimitSettings,
  rateLimit,
} from './rate-limit.js'
export { READ_THROUGH_DEFAULTS, type ReadThroughOptions, readThrough } from './read-through.js'
export {
  RECORD_DEFAULTS,
  type RecordedAnswer,
  type RecordedCall,
  type RecordedChange,
  type RecordedEntry,
  type RecordedQuestion,
  type RecordedTime,
  type RecordedVersion,
  type Recorder,
  type RecordOptions,
  type RecordSettings,
  record,
  replay,
} from './record.js'
export { RETRY_DEFAULTS, type RetryLayer, type RetryOptions, type RetrySettings, retry } from './retry.js'
export { type Misfit, SCHEMA_DEFAULTS, type Schema, type SchemaOptions, type SchemaSettings, schema } from './schema.js'
export type { Settings } from './settings.js'
export {
  type Distribution,
  type Frequency,
  type HotKey,
  type HotKeyCounts,
  type HotKeys,
  mergeStats,
  type Outcomes,
  STATS_DEFAULTS,
  type Stats,
  type StatsLevel,
  type StatsOptions,
  type StatsSettings,
  type StatsSnapshot,
  stats,
  type Tallies,
  type TimedVerb,
  type WindowCounts,
} from './stats.js'
export { type InvalidateTagsOptions, TAGS_DEFAULTS, type Tags, type TagsOptions, tags } from './tags.js'
export { type LoadTrace, TRACING_DEFAULTS, type Trace, type TracingOptions, tracing } from './tracing.js'
export {
  type EntryFacts,
  type RuleLifetimes,
  TTL_DEFAULTS,
  type Ttl,
  type TtlFunction,
  type TtlOptions,
  type TtlRule,
  type TtlSettings,
  ttl,
} from './ttl.js'
export {
  type SchemaVersion,
  VERSIONED_DEFAULTS,
  type Versioned,
  type VersionedOptions,
  versioned,
} from './versioned.js'
export {
  type RecordChange,
  WRITE_BEHIND_DEFAULTS,
  type WriteBehind,
  type WriteBehindOptions,
  writeBehind,
} from './write-behind.js'
export { type WriteThroughOptions, writeThrough } from './write-through.js'
