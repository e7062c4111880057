import { BATCH_MUTANTS } from './batches.js'
import { CODEC_MUTANTS } from './codecs.js'
import { CONDITION_MUTANTS } from './conditions.js'
import { DECLARED_MUTANTS } from './declared.js'
import { FAILURE_MUTANTS } from './failure.js'
import { HANDLE_MUTANTS } from './handles.js'
import { HASH_MUTANTS } from './hashes.js'
import { HEADER_MUTANTS } from './headers.js'
import { KEY_MUTANTS } from './keys.js'
import { LAYER_MUTANTS } from './layers.js'
import { LIFE_MUTANTS } from './life.js'
import { MEANWHILE_MUTANTS } from './meanwhile.js'
import type { Mutant } from './mutant.js'
import { ORDER_MUTANTS } from './order.js'
import { OUTAGE_MUTANTS } from './outages.js'
import { SCAN_MUTANTS } from './scan.js'
import { TIME_MUTANTS } from './time.js'
import { TRAIT_MUTANTS } from './traits.js'
import { VALUE_MUTANTS } from './values.js'

export const MUTANTS: readonly Mutant[] = [
  KEY_MUTANTS,
  HASH_MUTANTS,
  VALUE_MUTANTS,
  HEADER_MUTANTS,
  TIME_MUTANTS,
  ORDER_MUTANTS,
  BATCH_MUTANTS,
  CONDITION_MUTANTS,
  SCAN_MUTANTS,
  MEANWHILE_MUTANTS,
  LIFE_MUTANTS,
  FAILURE_MUTANTS,
  OUTAGE_MUTANTS,
  TRAIT_MUTANTS,
  DECLARED_MUTANTS,
  LAYER_MUTANTS,
  CODEC_MUTANTS,
  HANDLE_MUTANTS,
].flat()
