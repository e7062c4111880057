export { type Around, around, type Passing, type Proceed } from './around.js'
export { andThen, isFound, isPromise } from './awaitable.js'
export type { Bus, BusListener, BusMessage, GapReason, Invalidation, Presence } from './bus.js'
export { createCache } from './cache/create.js'
export { type CallerOptions, SLIDING_MARK } from './cache/engine.js'
export type { EntryOptions, LifetimeOptions } from './cache/lifetimes.js'
export {
  type ByteCacheOptions,
  CACHE_DEFAULTS,
  type CacheOptions,
  type CommonOptions,
  type ReferenceCacheOptions,
} from './cache/options.js'
export type { StreamOptions } from './cache/streams.js'
export type { Cache, IncrementOptions, Lookup, LookupFound, MissReason, SyncCache, WrapOptions } from './cache/types.js'
export type { Pair, TouchOptions, WriteOptions } from './cache/verbs.js'
export { type CallOptions, newCall } from './call.js'
export { type Clock, type ManualClock, manualClock, systemClock, type Timer } from './clock.js'
export type { Codec, Coded, Coding, StreamCoding, ValueContext } from './codec.js'
export { type ComposeOptions, compose } from './compose.js'
export { decide, holds, live, type Verdict, visible } from './conditions.js'
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
export type { Crc32 } from './frame/crc32.js'
export { FRAME_FLAGS, FRAME_OFFSETS, versionBytes } from './frame/layout.js'
export { FRAME_DEFAULTS, type FrameOptions, type FrameSettings } from './frame/options.js'
export type { ValueFacts } from './frame/write.js'
export { type FrameFormat, frame } from './frame.js'
export { type Hiding, hide } from './hide.js'
export { json } from './json.js'
export { MAX_KEY_BYTES, MAX_STORE_KEY_BYTES, SEPARATOR } from './keys.js'
export { LAWS, type LawId } from './laws.js'
export type { AnyLayer, Host, Layer, LayerFacts, Needs, Place, Verbs } from './layer.js'
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
export { checkOptions, oneOf, RULES, type Rule, type Rules } from './options.js'
export { keys, type Renaming } from './rename.js'
export { type Shell, type ShellOptions, shell } from './shell.js'
export type {
  CacheEventName,
  CacheEvents,
  EventVerb,
  LoadEvent,
  Notice,
  NoticeEvents,
  RefreshEvent,
  VerbEvent,
} from './told.js'
export { type ValueLayer, type ValueOptions, values } from './values.js'
export { compareVersions, type Versions, versions } from './versions.js'
