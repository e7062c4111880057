export type {
  Awaitable,
  Bytes,
  Call,
  Change,
  Condition,
  ContractRevision,
  Entry,
  Found,
  Header,
  Kind,
  Load,
  Mark,
  Marks,
  Page,
  Store,
  StreamChange,
  StreamVerbs,
  Tag,
  Traits,
  Version,
} from './contract.js'
export { type LawId, LAWS } from './laws.js'
export {
  CacheError,
  type CacheErrorOptions,
  type Details,
  ERROR_CODES,
  type ErrorCode,
  isCacheError,
  type KeyOutcome,
  type Retry,
  toCacheError,
} from './errors.js'
export { type Clock, type ManualClock, manualClock, systemClock, type Timer } from './clock.js'
export { compareVersions, type Versions, versions } from './versions.js'
export { decide, holds, live, type Verdict, visible } from './conditions.js'
export { MAX_KEY_BYTES, MAX_STORE_KEY_BYTES, SEPARATOR } from './keys.js'
export { type CallOptions, newCall } from './call.js'
export { type Shell, type ShellOptions, shell } from './shell.js'
export { type Around, around, type Passing, type Proceed } from './around.js'
export { compose } from './compose.js'
export { type Hiding, hide } from './hide.js'
export { keys, type Renaming } from './rename.js'
export { type ValueLayer, type ValueOptions, values } from './values.js'
export type { Codec, Coded, Coding, ValueContext } from './codec.js'
export type { Host, Layer, Needs, Notice, Place, Verbs } from './layer.js'
export { andThen, isPromise } from './awaitable.js'
export { checkOptions, type Rule, RULES, type Rules } from './options.js'
export { createCache } from './cache/create.js'
export {
  type ByteCacheOptions,
  CACHE_DEFAULTS,
  type CacheOptions,
  type ReferenceCacheOptions,
} from './cache/options.js'
export type { Cache, IncrementOptions, Lookup, MissReason, SyncCache, WrapOptions } from './cache/types.js'
export type { CallerOptions } from './cache/engine.js'
export type { Pair, WriteOptions } from './cache/verbs.js'
export type { CacheEventName, CacheEvents, EventVerb, LoadEvent, RefreshEvent } from './cache/events.js'
export type { EntryOptions, LifetimeOptions } from './cache/lifetimes.js'
export {
  type BatchContext,
  type BatchLoader,
  LOAD_DEFAULTS,
  type LoadContext,
  type LoadDefaults,
  type Loader,
  type LoadOptions,
  type LoadSettings,
} from './loading/options.js'
export { type FrameFormat, frame } from './frame.js'
export { json } from './json.js'
