import memjs from 'memjs'
import { Names, namespaceOf } from '../src/names.js'
import { Space } from '../src/space.js'

/** What a server has, by memjs itself and past the store. */
export class Raw implements AsyncDisposable {
  readonly client: memjs.Client
  readonly #names: Names

  constructor(host: string, port: number, root = 'cachette') {
    this.client = memjs.Client.create(`${host}:${port}`, { retries: 1, logger: { log: () => undefined } })
    this.#names = new Names(root)
  }

  /** Of the item that the store has made for a key; nothing where its namespace has no generation there. */
  async nameOf(key: string): Promise<string | undefined> {
    const levels = this.#names.generations(namespaceOf(key))
    const space = new Space(levels)
    const values = await Promise.all(levels.map((level) => this.value(level)))
    space.saw(new Map(levels.map((level, index) => [level, values[index]?.toString('latin1')])))
    return space.token === undefined ? undefined : this.#names.item(space.token, key)
  }

  generationOf(namespace: string): string {
    return this.#names.generation(namespace)
  }

  async value(name: string): Promise<Buffer | undefined> {
    return (await this.client.get(name)).value ?? undefined
  }

  /** Changes some bytes of what is stored under a key, where anything is. */
  async damage(key: string): Promise<void> {
    const name = await this.nameOf(key)
    const bytes = name === undefined ? undefined : await this.value(name)
    if (name === undefined || bytes === undefined) return
    bytes.write('damage', Math.max(0, bytes.length - 6))
    await this.client.set(name, bytes, {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close()
  }
}
