import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LOOPBACK } from './ports.js'
import { located } from './programs.js'

export interface Certificate {
  readonly keyFile: string
  readonly certificateFile: string
  /** For clients, which trust it alone. */
  readonly ca: string
}

const MADE_WITHIN_MS = 10_000

/** A certificate for this machine that is its own authority, made anew: nothing secret is ever in a repository. */
export async function certificateIn(folder: string): Promise<Certificate> {
  const keyFile = join(folder, 'server.key')
  const certificateFile = join(folder, 'server.crt')
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  const names = ['-subj', '/CN=localhost', '-addext', `subjectAltName=IP:${LOOPBACK},DNS:localhost`]
  const files = ['-keyout', keyFile, '-out', certificateFile]
  await promisify(execFile)(
    await located('openssl'),
    ['req', '-x509', ...curve, '-nodes', '-days', '2', ...names, ...files],
    { timeout: MADE_WITHIN_MS },
  )
  return { keyFile, certificateFile, ca: await readFile(certificateFile, 'utf8') }
}
