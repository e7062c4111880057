import type { Job } from '../wire.js'
import { examine } from './examiner.js'
import { fill } from './filler.js'
import { share } from './sharer.js'
import { write } from './writer.js'

/** All that a child does; what it finds goes through its pipe. */
export async function child(argument: string): Promise<void> {
  const job = JSON.parse(argument) as Job
  switch (job.task) {
    case 'write':
      return write(job)
    case 'examine':
      return examine(job)
    case 'fill':
      return fill(job)
    case 'share':
      return share(job)
  }
}
