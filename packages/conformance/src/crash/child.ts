import type { Job } from './wire.js'
import { write } from './writer.js'

/** All that a child does; what it finds goes through its pipe. */
export async function child(argument: string): Promise<void> {
  await write(JSON.parse(argument) as Job)
}
