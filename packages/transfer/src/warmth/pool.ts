import { raced } from '../abort.js'

/** Works on what comes, a few at a time. The first failure ends it, once what is under way has ended. */
export async function pooled<T>(
  items: AsyncIterable<T>,
  concurrency: number,
  signal: AbortSignal | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]()
  let ended = false
  let failure: { readonly error: unknown } | undefined
  // One after the other: an iterator need not bear being asked twice at once.
  let turn: Promise<unknown> = Promise.resolve()
  const next = (): Promise<IteratorResult<T>> => {
    const asked = turn.then(() => raced(iterator.next(), signal))
    turn = asked.catch(() => undefined)
    return asked
  }
  const worker = async (): Promise<void> => {
    while (!ended) {
      try {
        const result = await next()
        if (result.done === true) ended = true
        else if (failure === undefined) await raced(work(result.value), signal)
      } catch (error) {
        ended = true
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  if (failure === undefined) return
  // Lets go of what it reads from; one that hangs is left.
  void Promise.resolve(iterator.return?.()).catch(() => undefined)
  throw failure.error
}
