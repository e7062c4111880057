import { isPromise } from '@cachette/core'
import { raced } from './abort.js'
import type { Progress } from './checkpoint.js'
import type { Settings } from './options.js'

/** Tells how far it is. Whoever answers with a promise is waited for: it may be keeping the checkpoint. */
export async function tell({ onProgress, signal }: Settings, progress: Progress): Promise<void> {
  const answer = onProgress(progress)
  if (isPromise(answer)) await raced(answer, signal)
}
