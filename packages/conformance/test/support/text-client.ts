import { connect } from 'node:net'

/** Sends lines and gives what comes back, until it ends as expected or the connection does. */
export function exchange(port: number, text: string, ending: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let got = ''
    const done = (): void => {
      socket.destroy()
      resolve(got)
    }
    socket.setEncoding('utf8').on('data', (part: string) => {
      got += part
      if (got.endsWith(ending)) done()
    })
    socket.once('end', done).once('error', reject)
    socket.write(text)
  })
}
