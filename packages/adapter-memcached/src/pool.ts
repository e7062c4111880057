import { Link } from './link.js'
import type { Names } from './names.js'
import type { Settings } from './options.js'
import { Ring } from './ring.js'
import { Server } from './server.js'

/** What a reply may hold beside an item: the item's name, or what the server says. */
const REPLY_HEAD_BYTES = 4_096

/** All servers. A key is on one of them, and if that is gone nowhere: others would keep what is old when it is back. */
export class Pool {
  readonly all: readonly Server[]
  readonly #ring: Ring

  constructor({ servers, login, clock, connectMs, maxItemBytes }: Settings, names: Names, source: string) {
    const maxReplyBytes = maxItemBytes + REPLY_HEAD_BYTES
    this.#ring = new Ring(servers)
    this.all = servers.map((address) => {
      const link = new Link({ address, login, clock, connectMs, maxReplyBytes })
      return new Server(link, names, { source, clock })
    })
  }

  of(key: string): Server {
    const server = this.all[this.all.length === 1 ? 0 : this.#ring.serverOf(key)]
    if (server === undefined) throw new Error('the ring names a server that is not there')
    return server
  }

  close(): void {
    for (const server of this.all) server.close()
  }
}
