export {
  CHECKSUM_DEFAULTS,
  type Checksum,
  type ChecksumName,
  type ChecksumOptions,
  type ChecksumSettings,
  checksum,
} from './checksum.js'
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
  eviction,
  type PolicyName,
  type Removal,
  type RemovalCause,
} from './eviction.js'
export { type HashedKeysOptions, hashedKeys } from './hashed-keys.js'
export { JITTER_DEFAULTS, type Jitter, type JitterOptions, type JitterSettings, jitter } from './jitter.js'
export { type Misfit, SCHEMA_DEFAULTS, type Schema, type SchemaOptions, type SchemaSettings, schema } from './schema.js'
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
