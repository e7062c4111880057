import { SEPARATOR } from '@cachette/core'
import { Level } from 'level'

interface Envelope {
  readonly v?: unknown
  readonly x?: number
}

/** A small cache over plain `level`, of the kind that people come from: what openCache is compared with. */
export class PlainCache {
  readonly #db: Level<string, Envelope>
  readonly #namespace: string
  readonly #now: () => number

  constructor(db: Level<string, Envelope>, namespace: string, now: () => number) {
    this.#db = db
    this.#namespace = namespace
    this.#now = now
  }

  static open(path: string, namespace: string, now: () => number): PlainCache {
    return new PlainCache(new Level(path, { valueEncoding: 'json' }), namespace, now)
  }

  async get(key: string): Promise<unknown> {
    const whole = this.#whole(key)
    const envelope = await this.#db.get(whole)
    if (envelope === undefined) return undefined
    if (!this.#isOver(envelope)) return envelope.v
    await this.#db.del(whole)
    return undefined
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined
  }

  async set(key: string, value: unknown, options: { readonly ttlMs?: number | undefined } = {}): Promise<void> {
    await this.#db.put(this.#whole(key), this.#envelope(value, options.ttlMs))
  }

  async del(key: string): Promise<void> {
    await this.#db.del(this.#whole(key))
  }

  async batch(
    operations: readonly {
      readonly type: 'put' | 'del'
      readonly key: string
      readonly value?: unknown
      readonly ttlMs?: number | undefined
    }[],
  ): Promise<void> {
    await this.#db.batch(
      operations.map(({ type, key, value, ttlMs }) => {
        const whole = this.#whole(key)
        return type === 'del' ? { type, key: whole } : { type, key: whole, value: this.#envelope(value, ttlMs) }
      }),
    )
  }

  async *entries(): AsyncGenerator<[string, unknown]> {
    const prefix = this.#whole('')
    for await (const [key, envelope] of this.#db.iterator({ gte: prefix })) {
      if (!key.startsWith(prefix)) return
      if (!this.#isOver(envelope) && envelope.v !== undefined) yield [key.slice(prefix.length), envelope.v]
    }
  }

  withNamespace(namespace: string): PlainCache {
    return new PlainCache(this.#db, this.#namespace === '' ? namespace : `${this.#namespace}/${namespace}`, this.#now)
  }

  close(): Promise<void> {
    return this.#db.close()
  }

  #whole(key: string): string {
    return this.#namespace === '' ? key : this.#namespace + SEPARATOR + key
  }

  #envelope(v: unknown, ttlMs: number | undefined): Envelope {
    return ttlMs === undefined ? { v } : { v, x: this.#now() + ttlMs }
  }

  #isOver({ x }: Envelope): boolean {
    return typeof x === 'number' && x <= this.#now()
  }
}
