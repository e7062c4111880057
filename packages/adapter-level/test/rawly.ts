import { realpathSync } from 'node:fs'
import { openHere } from '../src/databases.js'
import type { Driver } from '../src/open.js'

/** Behind the back of the stores that have it open. */
export async function rawly<T>(path: string, use: (driver: Driver) => Promise<T>): Promise<T> {
  const driver = openHere(realpathSync(path))?.driver
  if (driver === undefined) throw new Error(`nothing is open at ${path}`)
  return use(driver)
}
