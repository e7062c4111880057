import { type Bus, type BusListener, type BusMessage, CacheError } from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { BUS_CHECKS, tryBus } from '../src/bus/checks.js'
import type { BusSubject } from '../src/bus/subject.js'

/** What is wrong with a bus, if anything is. */
type Fault =
  | 'echoes'
  | 'swaps'
  | 'loses parts'
  | 'mixes channels'
  | 'hears on'
  | 'stops at a throw'
  | 'tells no gap'
  | 'stays open'

const TITLES: Readonly<Record<Fault, RegExp>> = {
  echoes: /^all others hear/,
  swaps: /^all others hear/,
  'loses parts': /^a message arrives/,
  'mixes channels': /^channels keep apart/,
  'hears on': /^channels keep apart/,
  'stops at a throw': /^a listener that throws/,
  'tells no gap': /^what may have been missed/,
  'stays open': /^after a close/,
}

interface Subscription {
  readonly bus: SmallBus
  readonly channel: string
  readonly listener: BusListener
}

class Hub {
  readonly subscriptions = new Set<Subscription>()
  readonly fault: Fault | undefined
  buses = 0
  #held: (() => void) | undefined

  constructor(fault: Fault | undefined) {
    this.fault = fault
  }

  send(from: SmallBus, channel: string, message: BusMessage): void {
    const { fault } = this
    const sent =
      fault === 'loses parts' && message.type === 'presence'
        ? { ...message, presence: { since: 0, summary: {} } }
        : message
    const deliver = (): void => {
      for (const { bus, listener } of [...this.subscriptions].filter((one) => this.#hears(one, from, channel))) {
        try {
          listener.message(sent, bus === from ? 'itself' : from.id)
        } catch {
          if (fault === 'stops at a throw') return
        }
      }
    }
    const held = this.#held
    this.#held = fault === 'swaps' && held === undefined ? deliver : undefined
    if (this.#held === undefined) {
      deliver()
      held?.()
    }
  }

  interrupt(): void {
    if (this.fault === 'tells no gap') return
    for (const { listener } of [...this.subscriptions]) listener.gap({ reason: 'reconnected', since: 0 })
  }

  #hears({ bus, channel: own }: Subscription, from: SmallBus, channel: string): boolean {
    if (bus === from && this.fault !== 'echoes') return false
    return own === channel || (this.fault === 'mixes channels' && own.startsWith(channel))
  }
}

class SmallBus implements Bus {
  readonly name = 'small'
  readonly contract = 1
  readonly id: string
  readonly #hub: Hub
  #isClosed = false

  constructor(hub: Hub) {
    hub.buses += 1
    this.id = `bus-${hub.buses}`
    this.#hub = hub
  }

  publish(channel: string, message: BusMessage): void {
    this.#check()
    this.#hub.send(this, channel, message)
  }

  subscribe(channel: string, listener: BusListener): () => void {
    this.#check()
    const subscription = { bus: this, channel, listener }
    this.#hub.subscriptions.add(subscription)
    return () => {
      if (this.#hub.fault !== 'hears on') this.#hub.subscriptions.delete(subscription)
    }
  }

  close(): void {
    if (this.#hub.fault === 'stays open') return
    this.#isClosed = true
    for (const one of [...this.#hub.subscriptions]) if (one.bus === this) this.#hub.subscriptions.delete(one)
  }

  #check(): void {
    if (this.#isClosed) throw new CacheError('CLOSED', 'small is closed')
  }
}

function subjectWith(fault?: Fault): BusSubject {
  const hub = new Hub(fault)
  return { name: 'small', open: () => new SmallBus(hub), interrupt: () => hub.interrupt() }
}

async function broken(subject: BusSubject): Promise<string[]> {
  const titles: string[] = []
  for (const check of BUS_CHECKS) {
    await tryBus(subject, check).catch(() => void titles.push(check.title))
  }
  return titles
}

describe('the kit for buses', () => {
  test('passes a bus that keeps its promises', async () => {
    expect(await broken(subjectWith())).toEqual([])
  })

  test.each(Object.entries(TITLES))('finds one that %s', async (fault, title) => {
    const [check] = BUS_CHECKS.filter((one) => title.test(one.title))
    if (check === undefined) throw new Error('there is no such check')
    await expect(tryBus(subjectWith(fault as Fault), check, 100)).rejects.toThrow()
  })
})
