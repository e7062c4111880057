import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { installOn, type Machine, missingOn } from '../src/servers/programs.js'
import { installServers, missingServers } from '../src/servers.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachette-install-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const PATH = process.env['PATH'] ?? ''

/** A machine whose only programs for servers are those in the folder. */
function machine(facts: Partial<Machine> = {}): Machine {
  const env = { PATH: `${folder}:${PATH}`, CACHETTE_INSTALL_SERVERS: '1' }
  return { env, folders: [folder], isRoot: true, ...facts }
}

function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\ncd ${folder}\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
}

const BRINGS = `
case " $* " in *" redis-server "*) cp apt-get redis-server;; esac
case " $* " in *" memcached "*) cp apt-get memcached;; esac
case " $* " in *" sasl2-bin libsasl2-modules "*) cp apt-get saslpasswd2;; esac
case " $* " in *" openssl "*) cp apt-get openssl;; esac
echo "$DEBIAN_FRONTEND $*" >> log`

function log(): string {
  return existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8') : ''
}

test('this machine has them all: the tests need them', async () => {
  expect(missingServers()).toEqual([])
  await installServers()
})

describe('what is missing is installed', () => {
  test('in one go, without questions', async () => {
    program('apt-get', BRINGS)
    program('openssl', 'exit 0')
    expect(missingOn(machine())).toEqual(['redis-server', 'memcached', 'saslpasswd2'])
    await installOn(machine())
    expect(missingOn(machine())).toEqual([])
    expect(log()).toMatch(
      /^noninteractive install -y -q --no-install-recommends -o DPkg::Lock::Timeout=\d+ redis-server memcached sasl2-bin libsasl2-modules\n$/,
    )
    await installOn(machine())
    expect(log().split('\n').length).toBe(2)
  })

  test('in CI without being asked', async () => {
    program('apt-get', BRINGS)
    await installOn(machine({ env: { PATH: `${folder}:${PATH}`, CI: 'true' } }))
    expect(missingOn(machine())).toEqual([])
  })

  test('after a look for new packages, where it fails without', async () => {
    program('apt-get', `if [ "$1" = update ]; then touch updated; else [ -e updated ] || exit 100; ${BRINGS}\nfi`)
    await installOn(machine())
    expect(missingOn(machine())).toEqual([])
  })

  test('by one process at a time', async () => {
    program('apt-get', `mkdir busy || { touch met; exit 1; }\nsleep 0.1\n${BRINGS}\nrmdir busy`)
    await Promise.all([installOn(machine()), installOn(machine()), installOn(machine())])
    expect(existsSync(join(folder, 'met'))).toBe(false)
    expect(log().split('\n').length).toBe(4)
  })
})

describe('what may not or cannot be installed is told, with the packages', () => {
  const PACKAGES = 'apt-get install redis-server memcached sasl2-bin libsasl2-modules openssl'

  test.each<[string, Partial<Machine>]>([
    ['nobody asked for them', { env: { PATH, CI: 'false' } }],
    ['nobody asked for them', { env: { PATH, CI: 'true', CACHETTE_INSTALL_SERVERS: '0' } }],
    ['only root can install them', { isRoot: false }],
    ['there is no apt-get', {}],
  ])('%s', async (why, facts) => {
    await expect(installOn(machine(facts))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(new RegExp(`redis-server, memcached, saslpasswd2, openssl; ${why}.*${PACKAGES}`)),
    })
  })

  test('apt-get fails', async () => {
    program('apt-get', 'echo "E: no network"; exit 100')
    await expect(installOn(machine())).rejects.toThrow(
      /could not install redis-server .*install them by hand[\s\S]*E: no network/,
    )
  })

  test('apt-get brings something else', async () => {
    program('apt-get', 'cp apt-get memcached')
    await expect(installOn(machine())).rejects.toThrow(/redis-server, saslpasswd2, openssl; installing them has not/)
  })
})
