/** A `memcached` for as long as a subject is measured. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

const HOST = '127.0.0.1'
const MEMORY_MB = 256
const STARTS_WITHIN_MS = 10_000

export interface LocalMemcached {
  readonly address: string
  stop(): Promise<void>
}

export async function localMemcached(): Promise<LocalMemcached> {
  const port = await freePort()
  // It does not run as root unless it is told to.
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : []
  const args = ['-l', HOST, '-p', `${port}`, '-U', '0', '-m', `${MEMORY_MB}`, ...user]
  const child = spawn('memcached', args, { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  try {
    await Promise.race([answers(port), ended.then(([code]) => refuse(`memcached ended with ${code}`))])
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return { address: `${HOST}:${port}`, stop }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, HOST)
  await once(listener, 'listening')
  const address = listener.address()
  listener.close()
  await once(listener, 'close')
  return typeof address === 'object' && address !== null ? address.port : refuse('there is no free port')
}

async function answers(port: number): Promise<void> {
  const begun = performance.now()
  while (performance.now() - begun < STARTS_WITHIN_MS) {
    const socket = connect({ port, host: HOST })
    try {
      await once(socket, 'connect')
      return
    } catch {
      // It does not listen yet.
      await new Promise((resolve) => setTimeout(resolve, 10))
    } finally {
      socket.destroy()
    }
  }
  refuse('memcached did not answer')
}

function refuse(why: string): never {
  throw new Error(why)
}
