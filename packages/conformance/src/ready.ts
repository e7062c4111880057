import type { Awaitable } from '@cachette/core'

/** What a call came to, ready failures and rejections alike. */
export type Settled<T> = { readonly value: T } | { readonly error: unknown }

export async function settled<T>(run: () => Awaitable<T>): Promise<Settled<T>> {
  try {
    return { value: await run() }
  } catch (error) {
    return { error }
  }
}
