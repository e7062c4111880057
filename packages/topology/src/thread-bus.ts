import {
  type Bus,
  type BusListener,
  type BusMessage,
  CacheError,
  checkOptions,
  RULES,
  type Rules,
} from '@cachette/core'
import { tellAll } from '@cachette/core/adapter'

export interface ThreadBusOptions {
  /** Buses of one name hear each other, in all threads of the process. Default `'cachette'`. */
  readonly name?: string | undefined
}

const ACCEPTED: Rules<ThreadBusOptions> = { name: RULES.text }

/** What travels from thread to thread. The place tells whether something before it is missing. */
interface Letter {
  readonly from: string
  readonly channel: string
  readonly place: number
  readonly message: BusMessage
}

/** A bus between the threads of one process, over a `BroadcastChannel`. It keeps no process alive. */
export function threadBus(options: ThreadBusOptions = {}): Bus {
  const { name = 'cachette' } = checkOptions('threadBus', options, ACCEPTED)
  const own = globalThis.crypto.randomUUID()
  const line = new BroadcastChannel(`cachette.bus.${name}`)
  line.unref()
  const listeners = new Map<string, Set<BusListener>>()
  const places = new Map<string, number>()
  const heard = new Map<string, { readonly place: number; readonly at: number }>()
  let isClosed = false

  const check = (operation: string): void => {
    if (!isClosed) return
    throw new CacheError('CLOSED', `${operation} on a bus after it was closed`, { operation, source: 'threads' })
  }
  line.onmessage = ({ data }: { readonly data: unknown }) => {
    if (!isLetter(data)) return
    const { from, channel, place, message } = data
    const known = heard.get(`${from} ${channel}`)
    heard.set(`${from} ${channel}`, { place, at: Date.now() })
    const all = [...(listeners.get(channel) ?? [])]
    if (known !== undefined && place !== known.place + 1) {
      tellAll(
        all.map((listener) => (gap: Parameters<BusListener['gap']>[0]) => listener.gap(gap)),
        { reason: 'dropped', since: known.at },
      )
    }
    tellAll(
      all.map((listener) => (heardMessage: BusMessage) => listener.message(heardMessage, from)),
      message,
    )
  }
  return {
    name: 'threads',
    contract: 1,
    publish(channel, message) {
      check('publish')
      const place = (places.get(channel) ?? 0) + 1
      places.set(channel, place)
      line.postMessage({ from: own, channel, place, message } satisfies Letter)
    },
    subscribe(channel, listener) {
      check('subscribe')
      // One object for each subscription, so that a listener may be subscribed twice.
      const subscribed: BusListener = {
        message: (...word) => listener.message(...word),
        gap: (gap) => listener.gap(gap),
      }
      const others = listeners.get(channel) ?? new Set<BusListener>()
      listeners.set(channel, others.add(subscribed))
      return () => void others.delete(subscribed)
    },
    close() {
      isClosed = true
      listeners.clear()
      line.close()
    },
  }
}

function isLetter(data: unknown): data is Letter {
  return typeof data === 'object' && data !== null && 'from' in data && 'channel' in data && 'message' in data
}
