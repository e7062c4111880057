import { createServer } from 'node:net'

export interface FakeServer extends AsyncDisposable {
  readonly port: number
}

const HELLO = ['server', 'redis', 'version', '7.0.0', 'proto', '2', 'id', '1', 'mode', 'cluster', 'role', 'master']

/** Answers as it is told, for what no real server can be brought to say. */
export async function fakeServer(answer: (command: readonly string[]) => string): Promise<FakeServer> {
  const sockets = new Set<{ destroy(): void }>()
  const server = createServer((socket) => {
    let pending = ''
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      pending += data.toString('latin1')
      for (let next = commandIn(pending); next !== undefined; next = commandIn(pending)) {
        pending = pending.slice(next.length)
        const [name = ''] = next.command
        socket.write(name.toUpperCase() === 'HELLO' ? list(HELLO.map(bulk)) : answer(next.command), 'latin1')
      }
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Each character is a byte. */
export const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`
export const list = (parts: readonly string[]): string => `*${parts.length}\r\n${parts.join('')}`

function commandIn(text: string): { readonly command: readonly string[]; readonly length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text)
  if (head === null) return undefined
  const command: string[] = []
  let at = head[0].length
  for (let left = Number(head[1]); left > 0; left -= 1) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at))
    if (size === null) return undefined
    const from = at + size[0].length
    const to = from + Number(size[1])
    if (text.length < to + 2) return undefined
    command.push(text.slice(from, to))
    at = to + 2
  }
  return { command, length: at }
}
