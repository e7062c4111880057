import { type Bytes, CacheError, type Call, type Change, type Found, type Store, systemClock } from '@cachette/core'
import { describe, expect, it } from 'vitest'
import { endure, enduredText, networkTroubles, serverTroubles, type Trouble } from '../src/faults.js'
import { faultProxy } from '../src/proxy.js'
import { Disk, RemoteReferenceStore } from '../src/reference.js'
import { redisServer } from '../src/servers.js'

const SHORT = { forMs: 100, deadlineMs: 100, callers: 16, seed: 7 }

/** A store on a server that is not there while its trouble lasts. */
class Remote extends RemoteReferenceStore {
  static isAway = false
  static disk = new Disk()

  constructor() {
    super({ clock: systemClock, disk: Remote.disk })
  }

  override read(keys: readonly string[], call: Call): ReturnType<RemoteReferenceStore['read']> {
    return this.reached('read') ?? super.read(keys, call)
  }

  override write(changes: readonly Change[], call: Call): ReturnType<RemoteReferenceStore['write']> {
    return this.reached('write') ?? super.write(changes, call)
  }

  override clear(prefix: string, call: Call): ReturnType<RemoteReferenceStore['clear']> {
    return this.reached('clear') ?? super.clear(prefix, call)
  }

  protected reached(operation: string): Promise<never> | undefined {
    return Remote.isAway ? Promise.reject(new CacheError('UNAVAILABLE', 'away', { operation })) : undefined
  }
}

const away: Trouble = {
  name: 'the server is away',
  begin() {
    Remote.isAway = true
  },
  end() {
    Remote.isAway = false
  },
  allows: /^(read|write|clear) UNAVAILABLE yes none$/,
}

const judged = async (open: () => Store<Bytes>, trouble: Trouble = away): Promise<string> =>
  (await endure({ trouble, open, ...SHORT })).findings.join('\n')

describe('a store in trouble', () => {
  it('passes where it does what it must, and the report says what happened', async () => {
    const report = await endure({ trouble: away, open: () => new Remote(), ...SHORT })
    expect(report.findings).toEqual([])
    expect(report).toMatchObject({ trouble: 'the server is away', seed: 7 })
    expect(report.failures.get('read UNAVAILABLE yes none')).toBeGreaterThan(0)
    expect(report.answered).toBeLessThan(report.calls)
    expect(enduredText(report)).toMatch(/^✓ the server is away: \d+ times, \d+ calls, \d+ answered\n.*seed 7/)
  })

  it('is found to fail in another way than it may, and after its server has come back', async () => {
    expect(await judged(() => new Remote(), { ...away, allows: /^$/ })).toContain(
      'a failure that may not be: read UNAVAILABLE yes none',
    )
    const late = { ...away, end: () => void systemClock.setTimer(2_500, () => void away.end()) }
    expect(await judged(() => new Remote(), late)).toMatch(/after the server's return calls still failed/)
  })

  it('is found to give what nobody stored', async () => {
    class Spoiling extends Remote {
      override async read(keys: readonly string[], call: Call): Promise<readonly (Found | undefined)[]> {
        const found = await super.read(keys, call)
        return found.map((entry) => {
          if (entry?.value === undefined || entry.value.length < 2) return entry
          const value = entry.value.slice()
          value[1] = (value[1] ?? 0) ^ 1
          return { ...entry, value }
        })
      }
    }
    expect(await judged(() => new Spoiling())).toContain('with another byte')
  })

  it('is found to take a failure for a miss', async () => {
    class Missing extends Remote {
      override async read(keys: readonly string[], call: Call): Promise<readonly (Found | undefined)[]> {
        return Remote.isAway ? keys.map(() => undefined) : super.read(keys, call)
      }
    }
    expect(await judged(() => new Missing())).toMatch(/no order explains these answers|had been overwritten/)
  })

  it('is found to let go of neither timers nor failures', async () => {
    const timers: { cancel(): void }[] = []
    class Leaking extends Remote {
      protected override reached(operation: string): Promise<never> | undefined {
        if (Remote.isAway) timers.push(systemClock.setTimer(60_000, () => undefined))
        return super.reached(operation)
      }
    }
    expect(await judged(() => new Leaking())).toMatch(/Timeout: \d+ before, \d+ after/)
    for (const timer of timers) timer.cancel()
  })

  it('refuses options that it does not know', async () => {
    const options = { trouble: away, open: () => new Remote(), callrs: 3 }
    await expect(endure(options)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

describe('troubles', () => {
  it('begin and end, again and again', async () => {
    await using server = await redisServer()
    await using proxy = await faultProxy({ to: { host: '127.0.0.1', port: server.port }, seed: 1 })
    const troubles = [...networkTroubles(proxy), ...serverTroubles(server, 'some')]
    expect(new Set(troubles.map(({ name }) => name)).size).toBe(troubles.length)
    for (const trouble of troubles) {
      await trouble.begin()
      await trouble.end()
      expect(await server.command('PING')).toBe('PONG')
    }
  })
})
