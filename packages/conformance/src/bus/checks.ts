import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict'
import { type Bus, type BusMessage, type Call, isCacheError, newCall, SEPARATOR, systemClock } from '@cachette/core'
import { settled } from '../ready.js'
import { changed, Ear, keyIn } from './ear.js'
import type { BusSubject } from './subject.js'

/** One promise of core's contract for buses, and how it is tried. */
export interface BusCheck {
  readonly title: string
  readonly needs?: 'interrupt'
  run(stand: Stand): Promise<void>
}

/** What a check works with. */
interface Stand {
  open(): Promise<Bus>
  interrupt(): Promise<void>
  ear(): Ear
  /** Of its own for each check. */
  readonly channel: string
}

const DEADLINE_MS = 10_000
const MESSAGES = 200

/** How long a message may take. */
const PATIENCE_MS = 10_000

function call(withinMs = DEADLINE_MS): Call {
  const now = systemClock.now()
  return newCall(now, { deadline: now + withinMs })
}

const MANY: readonly BusMessage[] = [
  { type: 'invalidate', changes: [] },
  {
    type: 'invalidate',
    changes: [
      {
        scope: 'key',
        name: `a${SEPARATOR}b`,
        version: { time: 1_700_000_000_000, count: 65_535, writer: 2 ** 48 - 1 },
      },
      { scope: 'prefix', name: '' },
      { scope: 'tag', name: '\u0000 "\\\n𝄞' },
    ],
  },
  { type: 'presence', presence: { since: 1.5, summary: { hits: 3, name: 'é', up: true } } },
  changed('last'),
]

export const BUS_CHECKS: readonly BusCheck[] = [
  {
    title: 'all others hear what one publishes, once and in order, and it does not itself',
    async run({ open, ear, channel }: Stand): Promise<void> {
      const [one, two, three] = [await open(), await open(), await open()]
      const ears = [ear(), ear(), ear()] as const
      await one.subscribe(channel, ears[0], call())
      await two.subscribe(channel, ears[1], call())
      await three.subscribe(channel, ears[2], call())
      const names = Array.from({ length: MESSAGES }, (_, index) => `k${index}`)
      await Promise.all(names.map(async (name) => one.publish(channel, changed(name), call())))
      await two.publish(channel, changed('back'), call())
      deepStrictEqual((await ears[0].untilKey('back')).map(keyIn), ['back'])
      await ears[1].untilKey(`k${MESSAGES - 1}`)
      deepStrictEqual(ears[1].heard.map(keyIn), names)
      await Promise.all([ears[2].untilKey(`k${MESSAGES - 1}`), ears[2].untilKey('back')])
      deepStrictEqual(
        ears[2].heard.map(keyIn).filter((name) => name !== 'back'),
        names,
      )
      const froms = new Set(ears[2].heard.map((heard) => ('from' in heard ? heard.from : '')))
      strictEqual(froms.size, 2, 'a bus has one name in all its messages, and no other has it')
    },
  },
  {
    title: 'a message arrives as it was sent',
    async run({ open, ear, channel }: Stand): Promise<void> {
      const [one, two] = [await open(), await open()]
      const own = ear()
      await two.subscribe(channel, own, call())
      for (const message of MANY) await one.publish(channel, message, call())
      const heard = await own.untilKey('last')
      deepStrictEqual(
        heard.map((each) => ('message' in each ? each.message : each)),
        MANY,
      )
    },
  },
  {
    title: 'channels keep apart, and whoever has stopped hears nothing more',
    async run({ open, ear, channel }: Stand): Promise<void> {
      const [one, two] = [await open(), await open()]
      const [own, elsewhere, stopped] = [ear(), ear(), ear()]
      await two.subscribe(`${channel}2`, elsewhere, call())
      const stop = await two.subscribe(channel, stopped, call())
      await two.subscribe(channel, own, call())
      await stop()
      await stop()
      await one.publish(channel, changed('k'), call())
      await own.untilKey('k')
      deepStrictEqual([elsewhere.heard, stopped.heard], [[], []])
    },
  },
  {
    title: 'a listener that throws disturbs nobody',
    async run({ open, ear, channel }: Stand): Promise<void> {
      const [one, two] = [await open(), await open()]
      const own = ear()
      const fail = (): never => {
        throw new Error("a listener's own")
      }
      await two.subscribe(channel, { message: fail, gap: fail }, call())
      await two.subscribe(channel, own, call())
      await one.publish(channel, changed('k'), call())
      await one.publish(channel, changed('l'), call())
      deepStrictEqual((await own.untilKey('l')).map(keyIn), ['k', 'l'])
    },
  },
  {
    title: 'what may have been missed is a gap, before what comes after it',
    needs: 'interrupt',
    async run({ open, interrupt, ear, channel }: Stand): Promise<void> {
      const [one, two] = [await open(), await open()]
      const own = ear()
      await two.subscribe(channel, own, call())
      await one.publish(channel, changed('before'), call())
      await own.untilKey('before')
      await interrupt()
      // What is published meanwhile may be heard or not.
      const end = systemClock.now() + DEADLINE_MS
      for (
        let sent = 0;
        systemClock.now() < end && !own.heard.some((heard) => keyIn(heard)?.startsWith('after') === true);
        sent += 1
      ) {
        await settled(() => one.publish(channel, changed(`after-${sent}`), call(500)))
        await new Promise<void>((resolve) => void systemClock.setTimer(5, resolve))
      }
      const [first, second] = own.heard
      strictEqual(first === undefined ? undefined : keyIn(first), 'before')
      strictEqual(second !== undefined && 'gap' in second, true, 'expected a gap before what came after it')
    },
  },
  {
    title: 'after a close nothing is heard, and every verb fails with CLOSED; closing twice is closing once',
    async run({ open, ear, channel }: Stand): Promise<void> {
      const [one, two, three] = [await open(), await open(), await open()]
      const [own, other] = [ear(), ear()]
      await two.subscribe(channel, own, call())
      await three.subscribe(channel, other, call())
      await two.close()
      await two.close()
      await one.publish(channel, changed('k'), call())
      await other.untilKey('k')
      deepStrictEqual(own.heard, [])
      const isClosed = (error: unknown): boolean => isCacheError(error) && error.code === 'CLOSED'
      await rejects(async () => two.publish(channel, changed('k'), call()), isClosed)
      await rejects(async () => two.subscribe(channel, own, call()), isClosed)
    },
  },
]

let channels = 0

/** Tries one check, and closes what it has opened. */
export async function tryBus(subject: BusSubject, check: BusCheck, patienceMs = PATIENCE_MS): Promise<void> {
  const opened: Bus[] = []
  channels += 1
  const stand: Stand = {
    channel: `channel-${channels}`,
    async open() {
      const bus = await subject.open()
      opened.push(bus)
      return bus
    },
    ear: () => new Ear(patienceMs),
    async interrupt() {
      await subject.interrupt?.()
    },
  }
  try {
    await check.run(stand)
  } finally {
    for (const bus of opened) await bus.close()
  }
}
