import type { LawId } from '@cachette/core'
import type { Check } from '../check.js'
import { K3 } from '../handle/keys.js'
import { T4 } from '../handle/lifetimes.js'
import { HANDLE_NAMESPACES } from '../handle/namespaces.js'
import { HANDLE_VALUES } from '../handle/values.js'
import { HANDLE_VERBS } from '../handle/verbs.js'
import { B1 } from './b1-batches.js'
import { B1_SINGLE_READ } from './b1-single-read.js'
import { B2 } from './b2-checked-whole.js'
import { B3 } from './b3-partial-failures.js'
import { B3_THROUGH_LAYERS } from './b3-through-layers.js'
import { B4 } from './b4-atomic-batches.js'
import { B4_THROUGH_LAYERS } from './b4-through-layers.js'
import { C1 } from './c1-absent-present.js'
import { C2 } from './c2-vacant.js'
import { C3 } from './c3-version.js'
import { C4 } from './c4-refused-changes.js'
import { C5 } from './c5-one-winner.js'
import { C6 } from './c6-removals.js'
import { F1 } from './f1-in-time.js'
import { F2_CHANGES } from './f2-changes.js'
import { F2 } from './f2-never-wrong.js'
import { F2_SCANS } from './f2-scans.js'
import { F3_EVERY_VERB } from './f3-every-verb.js'
import { F3 } from './f3-recovery.js'
import { F4 } from './f4-aborts.js'
import { F5 } from './f5-damage.js'
import { K1 } from './k1-any-key.js'
import { K1_LONGEST } from './k1-longest-keys.js'
import { K2 } from './k2-distinct-keys.js'
import { L1 } from './l1-closing.js'
import { L2 } from './l2-reopening.js'
import { L3 } from './l3-crashes.js'
import { O1 } from './o1-call-order.js'
import { O2 } from './o2-read-your-write.js'
import { O3 } from './o3-clear-barrier.js'
import { P1 } from './p1-keeping.js'
import { R1 } from './r1-declared-works.js'
import { R2 } from './r2-undeclared-refused.js'
import { R3 } from './r3-ready-answers.js'
import { S1_MEANWHILE } from './s1-meanwhile.js'
import { S1 } from './s1-scan-once.js'
import { S1_WHOLE_ENTRIES } from './s1-whole-entries.js'
import { S2 } from './s2-scan-shows.js'
import { S3 } from './s3-leaving-early.js'
import { S4 } from './s4-ordered.js'
import { S5 } from './s5-clear.js'
import { T1 } from './t1-expiry.js'
import { T2 } from './t2-new-lifetime.js'
import { T3 } from './t3-reclaiming.js'
import { T5 } from './t5-kept.js'
import { V1 } from './v1-exact-values.js'
import { V1_IN_ENCODE } from './v1-in-encode.js'
import { V2 } from './v2-falsy-values.js'
import { V3 } from './v3-isolated.js'
import { V4 } from './v4-too-large.js'
import { Y1 } from './y1-only-declared.js'
import { Y2 } from './y2-hidden.js'
import { Y3_CALLS } from './y3-calls.js'
import { Y3 } from './y3-passes-on.js'
import { Y4 } from './y4-at-once.js'

/** What is asked of a cache over the store, by the verbs that people call. */
export const HANDLE_CHECKS: readonly Check[] = [K3, T4, HANDLE_VALUES, HANDLE_NAMESPACES, HANDLE_VERBS].flat()

/** All that a store is held to. The numbers of a law's checks are part of the paths in reports: new ones go last. */
export const CHECKS: readonly Check[] = [
  ...[K1, K1_LONGEST, K2, V1, V1_IN_ENCODE, V2, V3, V4, P1, T1, T2, T3, T5, O1, O2, O3],
  ...[B1, B1_SINGLE_READ, B2, B3, B3_THROUGH_LAYERS, B4, B4_THROUGH_LAYERS, C1, C2, C3, C4, C5, C6],
  ...[S1, S1_MEANWHILE, S1_WHOLE_ENTRIES, S2, S3, S4, S5, L1, L2, L3],
  ...[F1, F2, F2_CHANGES, F2_SCANS, F3, F3_EVERY_VERB, F4, F5, R1, R2, R3],
  ...[Y1, Y2, Y3, Y3_CALLS, Y4, HANDLE_CHECKS],
].flat()

/** Laws that are not a store's alone to keep, and where they are checked. */
export const ELSEWHERE: { readonly [L in LawId]?: string } = {
  V5: 'a law of codecs: checkCodec',
  V6: 'a law of codecs: checkCodec',
}
