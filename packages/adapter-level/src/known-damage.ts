import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from './verify.js'

interface Known {
  readonly finding: Finding
  readonly stamps: string
}

const known = new Map<string, Known>()

/**
 * What was found damaged at the last attempt to open it, if nobody has touched it since: each verb tries to open what
 * is not open, and not each shall read everything to find the same.
 */
export async function knownDamage(path: string): Promise<Finding | undefined> {
  const last = known.get(path)
  if (last === undefined) return undefined
  if (last.stamps === (await stampsOf(path, last.finding))) return last.finding
  known.delete(path)
  return undefined
}

export async function remember(path: string, finding: Finding): Promise<void> {
  known.set(path, { finding, stamps: await stampsOf(path, finding) })
}

async function stampsOf(path: string, { file }: Finding): Promise<string> {
  const stamps = [path, join(path, file)].map(async (place) => {
    const found = await stat(place).catch(() => undefined)
    return found === undefined ? 'nothing' : `${found.mtimeMs} ${found.size}`
  })
  return (await Promise.all(stamps)).join(', ')
}
