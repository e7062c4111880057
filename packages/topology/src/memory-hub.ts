import { type Bus, type BusListener, type BusMessage, CacheError } from '@cachette/core'
import { tellAll } from '@cachette/core/adapter'

/** Where buses of one process meet. */
export interface MemoryHub {
  /** One more bus on it: what one publishes all others hear. */
  bus(): Bus
}

interface Subscription {
  readonly channel: string
  readonly owner: string
  readonly listener: BusListener
}

/** Buses within one process, for tests and for several caches in one program. Heard before `publish` returns. */
export function memoryHub(): MemoryHub {
  const subscriptions = new Set<Subscription>()
  let buses = 0

  const bus = (): Bus => {
    buses += 1
    const owner = `memory-${buses}`
    let isClosed = false
    const check = (operation: string): void => {
      if (isClosed)
        throw new CacheError('CLOSED', `${operation} on a bus after it was closed`, { operation, source: 'memory' })
    }
    return {
      name: 'memory',
      contract: 1,
      publish(channel, message) {
        check('publish')
        const others = [...subscriptions].filter((other) => other.channel === channel && other.owner !== owner)
        tellAll(
          others.map(
            ({ listener }) =>
              (heard: BusMessage) =>
                listener.message(heard, owner),
          ),
          message,
        )
      },
      subscribe(channel, listener) {
        check('subscribe')
        const subscription: Subscription = { channel, owner, listener }
        subscriptions.add(subscription)
        return () => void subscriptions.delete(subscription)
      },
      close() {
        isClosed = true
        for (const subscription of subscriptions) if (subscription.owner === owner) subscriptions.delete(subscription)
      },
    }
  }
  return { bus }
}
