import { CacheError } from '@cachette/core'
import type { Terms } from './question.js'
import type { Router } from './router.js'
import type { Server } from './server.js'
import { LOST } from './wire.js'

/** How many names a server looks at in one step. */
const STEP = 1_000

/**
 * Names on every master, as they are come across; one may come twice. Fails where the servers change meanwhile, since
 * then nobody could say that these were all.
 */
export async function* walk(
  router: Router,
  pattern: string,
  source: string,
  terms: () => Terms,
): AsyncGenerator<readonly Buffer[], void, undefined> {
  const before = await router.arrangement(terms())
  const walks = (await router.masters(terms())).map((server) => steps(server, pattern, terms))
  // All begin at once, and go on one after the other.
  const begun = walks.map((steps) => steps.next())
  for (const first of begun) first.catch(() => undefined)
  for (const [index, first] of begun.entries()) {
    const step = await first
    if (step.done === true) continue
    yield step.value
    yield* walks[index] ?? []
  }
  if ((await router.arrangement(terms())) !== before) throw begunAgain(terms().operation, source)
}

async function* steps(
  server: Server,
  pattern: string,
  terms: () => Terms,
): AsyncGenerator<readonly Buffer[], void, undefined> {
  const on = await server.connection(terms())
  let cursor: unknown = '0'
  do {
    const step = await server.ask(['SCAN', String(cursor), 'MATCH', pattern, 'COUNT', STEP], { ...terms(), on })
    if (!Array.isArray(step) || !Array.isArray(step[1])) throw new Error(LOST)
    cursor = step[0]
    const names = step[1].filter((name) => Buffer.isBuffer(name))
    if (names.length > 0) yield names
  } while (String(cursor) !== '0')
}

/** Of a walk that cannot say that it has come across every name. */
export function begunAgain(operation: Terms['operation'], source: string): CacheError {
  const says = `${operation} on ${source}: names are moved between servers meanwhile; it may be begun again after that`
  return new CacheError('UNAVAILABLE', says, { operation, source, outcome: operation === 'clear' ? 'unknown' : 'none' })
}
