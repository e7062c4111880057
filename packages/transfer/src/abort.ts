import { CacheError } from '@cachette/core'

/** The work, or `ABORTED` as soon as the signal says so: a source or a sink that hangs must not hang its caller. */
export function raced<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(new CacheError('ABORTED', "the transfer was aborted by the caller's signal"))
    const settled = (): void => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort)
    work.then(resolve, reject).finally(settled)
    if (signal.aborted) abort()
  })
}
