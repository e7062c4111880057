import type { Redis } from 'ioredis'

/** As the driver names what it cannot read. */
const NOT_OF_THE_PROTOCOL = 'ParserError'

/** What an answer is taken for that does not go with its question, or with none. */
export function misfit(message: string): Error {
  return Object.assign(new Error(message), { name: NOT_OF_THE_PROTOCOL })
}

/**
 * Where rubbish comes that reads as an answer more than was asked for, the driver throws where nobody can catch it. So
 * there is always one more question while it reads, and whoever answers that ends the connection. Only for clients that
 * nobody else sends anything by: what is sent while it reads would come behind that question.
 */
export function fence(client: Redis): void {
  client.once('connect', () => {
    const { commandQueue, stream } = client
    const unasked = {
      name: 'unasked',
      args: [],
      resolve(): void {
        commandQueue.push(item)
        stream.destroy(misfit('an answer came that nobody had asked for'))
      },
      reject(error: Error): void {
        // Otherwise the driver lets go of all that is not answered.
        if (error.name === 'ReplyError') this.resolve()
      },
    }
    const item = { command: unasked, stream, select: 0 }
    const readers = stream.listeners('data')
    stream.removeAllListeners('data')
    stream.on('data', (bytes: Buffer) => {
      commandQueue.push(item)
      for (const read of readers) read.call(stream, bytes)
      if (commandQueue.peekBack() === item) commandQueue.pop()
    })
  })
}
