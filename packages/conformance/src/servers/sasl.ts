import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Login } from './memcached-wire.js'
import { located } from './programs.js'
import { failed, within } from './until.js'

const WITHIN_MS = 10_000

/** Makes a data base of one user in the folder, and gives what a server needs to use it. */
export async function saslIn(folder: string, { user, password }: Login): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, 'sasldb')
  const realm = ['-u', hostname()] // where users are looked for who do not say where they belong
  const child = spawn(await located('saslpasswd2'), ['-p', '-c', '-a', 'memcached', ...realm, '-f', file, user], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  child.stdin.once('error', (error) => {
    complaint += error.message
  })
  child.stdin.end(password)
  await within('saslpasswd2 to end', once(child, 'close'), { withinMs: WITHIN_MS })
  if (child.exitCode !== 0) throw failed(`saslpasswd2 failed with exit code ${child.exitCode}`, complaint)
  const settings = ['mech_list: plain', 'pwcheck_method: auxprop', 'auxprop_plugin: sasldb', `sasldb_path: ${file}`]
  await writeFile(join(folder, 'memcached.conf'), `${settings.join('\n')}\n`)
  return { SASL_CONF_PATH: folder }
}
