export { type Checkpoint, type Counts, checkpointOf, type Progress } from './checkpoint.js'
export type { Difference } from './compare.js'
export { type ExportReport, exportTo } from './export.js'
export { type ImportReport, importFrom } from './import.js'
export { type KeepingWarm, type KeepWarmCounts, type KeepWarmOptions, keepWarm } from './keep-warm.js'
export { migrate, type Report } from './migrate.js'
export type {
  ExportOptions,
  ImportOptions,
  MigrateOptions,
  TransferOptions,
  Verification,
  WithCodec,
} from './options.js'
export type { Usefulness } from './prediction/usefulness.js'
export { type Predictor, type PredictorGetOptions, type PredictorOptions, predictor } from './predictor.js'
export { type Restored, type RestoreOptions, restoreFrom, type SaveOptions, saveTo } from './saved.js'
export { type WarmCounts, type WarmFailure, type WarmOptions, type WarmReport, warm } from './warm.js'
export type { HotKey, RecordedKeys, WarmEntry, WarmSource } from './warmth/items.js'
