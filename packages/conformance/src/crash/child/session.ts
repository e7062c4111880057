import { type Shell, shell } from '@cachette/core'
import { type CrashSubject, importSubject } from '../subject.js'
import { type Job, tell, troubleOf } from '../wire.js'

export interface Session {
  readonly subject: CrashSubject
  readonly store: Shell<Uint8Array>
  /** Says what is done from here on, for the case that it fails. */
  during(what: string): void
}

/** Opens the store and tells so, does the work, and closes. What fails is told, with what was being done. */
export async function session(job: Job, work: (open: Session) => Promise<void>): Promise<void> {
  let during = 'loading'
  try {
    const subject = await importSubject(job)
    tell({ is: 'opening', subject: { name: subject.name, deviations: subject.deviations ?? [] } })
    during = 'opening'
    const store = shell(await subject.open(job.path))
    tell({ is: 'open', traits: store.traits })
    await work({
      subject,
      store,
      during(what) {
        during = what
      },
    })
    during = 'closing'
    await store.close()
    tell({ is: 'done' })
  } catch (error) {
    tell({ is: 'trouble', ...troubleOf(during, error) })
  }
}
