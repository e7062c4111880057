export { type Checkpoint, type Counts, checkpointOf, type Progress } from './checkpoint.js'
export type { Difference } from './compare.js'
export { type ExportReport, exportTo } from './export.js'
export { type ImportReport, importFrom } from './import.js'
export { migrate, type Report } from './migrate.js'
export type {
  ExportOptions,
  ImportOptions,
  MigrateOptions,
  TransferOptions,
  Verification,
  WithCodec,
} from './options.js'
