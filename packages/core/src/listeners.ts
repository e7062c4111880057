/** Tells each listener. One that throws disturbs nobody: not the call that it hears of, not the other listeners. */
export function tellAll<E>(listeners: Iterable<(event: E) => void>, event: E): void {
  for (const listener of listeners) {
    try {
      listener(event)
    } catch (error) {
      // The listener's own bug: it belongs to nobody who called the cache.
      queueMicrotask(() => console.error('A listener of a cache threw:', error))
    }
  }
}
