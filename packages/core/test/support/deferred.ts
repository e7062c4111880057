/** A promise that the test settles. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((win, lose) => {
    resolve = win
    reject = lose
  })
  return { promise, resolve: (value) => resolve(value), reject: (error) => reject(error) }
}

/** Lets everything run that waits for nothing but its turn. */
export function turns(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** What became of a promise, without waiting for it. */
export async function stateOf(promise: unknown): Promise<'pending' | 'fulfilled' | 'rejected'> {
  let state: 'pending' | 'fulfilled' | 'rejected' = 'pending'
  Promise.resolve(promise).then(
    () => {
      state = 'fulfilled'
    },
    () => {
      state = 'rejected'
    },
  )
  await turns()
  return state
}
