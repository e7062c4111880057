import fc from 'fast-check'
import { anyLifetime } from '../arbitraries.js'
import { type Check, checksOf, type Trial } from '../check.js'
import { always, expectNothing, expectWrite, readOne, scanAll, whenItScans, writeOne } from '../expect.js'

const SHOWS = ['live', 'kept', 'all'] as const

const phases = fc.constantFrom('live', 'expired', 'last moment', 'over')

export const T5: readonly Check[] = checksOf(
  'T5',
  {
    title: 'a read shows a kept entry to calls that ask for it',
    applies: always,
    run: (context) =>
      context.property(fc.tuple(anyLifetime(), anyLifetime(), phases), async ([lifetime, kept, phase], trial) => {
        const expiresAt = trial.clock.now() + lifetime
        const put = trial.put('a', { expiresAt, keptUntil: expiresAt + kept })
        await writeOne(trial, put)
        moveTo(trial, phase, lifetime, kept)
        for (const show of SHOWS) {
          const found = await readOne(trial, 'a', { show })
          const what = `key 'a' shown as '${show}', ${IN_WORDS[phase]},`
          if (isShown(phase, show)) expectWrite(found, put, what)
          else expectNothing(found, what)
        }
      }),
  },
  {
    title: 'a scan shows a kept entry to calls that ask for it',
    applies: whenItScans,
    run: (context) =>
      context.property(
        fc.tuple(anyLifetime(), anyLifetime(), phases),
        async ([lifetime, kept, phase], trial) => {
          const expiresAt = trial.clock.now() + lifetime
          const put = trial.put('a', { expiresAt, keptUntil: expiresAt + kept })
          await writeOne(trial, put)
          moveTo(trial, phase, lifetime, kept)
          for (const show of SHOWS) {
            const [pair] = await scanAll(trial, '', { show })
            const what = `a scan that shows '${show}', ${IN_WORDS[phase]},`
            if (isShown(phase, show)) expectWrite(pair?.[1], put, what)
            else expectNothing(pair?.[1], what)
          }
        },
        { share: 0.5 },
      ),
  },
)

type Phase = 'live' | 'expired' | 'last moment' | 'over'

const IN_WORDS: Readonly<Record<Phase, string>> = {
  live: '1 ms before its expiresAt',
  expired: 'at its expiresAt',
  'last moment': '1 ms before its keptUntil',
  over: 'at its keptUntil',
}

function moveTo(trial: Trial, phase: Phase, lifetime: number, kept: number): void {
  const offsets = { live: lifetime - 1, expired: lifetime, 'last moment': lifetime + kept - 1, over: lifetime + kept }
  trial.clock.advance(offsets[phase])
}

function isShown(phase: Phase, show: (typeof SHOWS)[number]): boolean {
  if (phase === 'live') return true
  return phase !== 'over' && show !== 'live'
}
