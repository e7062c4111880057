import type { BusMessage, Invalidation, Presence } from '@cachette/core'

/** A message as it goes over a channel: whose it is, and its place among all that he sent there. */
export interface Envelope {
  readonly from: string
  readonly place: number
  readonly message: BusMessage
}

export function sealed({ from, place, message }: Envelope): string {
  return JSON.stringify([from, place, message])
}

/** Nothing where it is not what a bus sends: others may publish on any channel. */
export function opened(payload: unknown): Envelope | undefined {
  if (!Buffer.isBuffer(payload)) return undefined
  const [from, place, message] = partsIn(payload.toString())
  if (typeof from !== 'string' || !Number.isSafeInteger(place) || !isMessage(message)) return undefined
  return { from, place: Number(place), message }
}

function partsIn(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(text)
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}

function isMessage(value: unknown): value is BusMessage {
  if (!isObject(value)) return false
  if (value['type'] === 'invalidate') return Array.isArray(value['changes']) && value['changes'].every(isInvalidation)
  return value['type'] === 'presence' && isPresence(value['presence'])
}

function isInvalidation(value: unknown): value is Invalidation {
  if (!isObject(value) || typeof value['name'] !== 'string') return false
  const { scope, version } = value
  return ['key', 'prefix', 'tag'].some((known) => known === scope) && (version === undefined || isVersion(version))
}

function isVersion(value: unknown): boolean {
  return isObject(value) && ['time', 'count', 'writer'].every((part) => Number.isSafeInteger(value[part]))
}

function isPresence(value: unknown): value is Presence {
  return isObject(value) && typeof value['since'] === 'number' && isObject(value['summary'])
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
