import { CacheError, isCacheError, isPromise, toCacheError } from '@cachette/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'

/** What becomes of a stored value that does not fit. The function is given it, and why; what it gives is checked too. */
export type Misfit = 'absent' | 'error' | ((value: unknown, issues: readonly StandardSchemaV1.Issue[]) => unknown)

type Issues = readonly StandardSchemaV1.Issue[]

/** Whether values fit a schema, and what becomes of those that do not. */
export class Validator<V> {
  readonly #schema: StandardSchemaV1<unknown, V>
  readonly #misfit: () => Misfit

  constructor(schema: StandardSchemaV1<unknown, V>, misfit: () => Misfit) {
    this.#schema = schema
    this.#misfit = misfit
  }

  /** Refuses a value that is to be stored and does not fit. */
  check(value: unknown): void {
    const { issues } = this.#validate(value)
    if (issues === undefined) return
    const path = pathOf(issues)
    throw new CacheError('INVALID_VALUE', `the value does not fit the schema at ${path}: ${textOf(issues)}`, {
      source: 'schema',
      details: { path },
    })
  }

  /** What the schema makes of a stored value. Throws `CORRUPT` for one that is to count as absent. */
  read(value: unknown): V {
    const result = this.#validate(value)
    if (result.issues === undefined) return result.value
    const misfit = this.#misfit()
    if (misfit === 'error') throw misfitting('UNSUPPORTED', result.issues)
    if (misfit === 'absent') throw misfitting('CORRUPT', result.issues)
    const { issues } = result
    const migrated = this.#validate(attempt('the function that migrates', () => misfit(value, issues)))
    if (migrated.issues === undefined) return migrated.value
    throw misfitting('CORRUPT', migrated.issues)
  }

  /** Whether it is for headers alone to say that nothing is there. */
  get hidesMisfits(): boolean {
    return this.#misfit() !== 'error'
  }

  #validate(value: unknown): StandardSchemaV1.Result<V> {
    const result = attempt('the validator', () => this.#schema['~standard'].validate(value))
    if (!isPromise(result)) return result
    // Nobody waits for it.
    result.catch(() => undefined)
    throw new CacheError('INVALID_OPTION', 'schema: expected a validator that answers at once, got a promise', {
      source: 'schema',
    })
  }
}

/** What throws in it is no word on the value: that stays. */
function attempt<T>(who: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    const cause = isCacheError(error) ? error : toCacheError(error)
    throw new CacheError('BACKEND', `schema: ${who} threw`, { source: 'schema', cause })
  }
}

function misfitting(code: 'CORRUPT' | 'UNSUPPORTED', issues: Issues): CacheError {
  const path = pathOf(issues)
  return new CacheError(code, `what is stored does not fit the schema at ${path}: ${textOf(issues)}`, {
    source: 'schema',
    details: { path },
  })
}

function textOf([first]: Issues): string {
  return first?.message ?? 'no reason was given'
}

function pathOf([first]: Issues): string {
  const steps = (first?.path ?? []).map((step) => (typeof step === 'object' ? step.key : step))
  return steps.reduce<string>(
    (path, step) => (typeof step === 'number' ? `${path}[${step}]` : `${path}.${String(step)}`),
    'value',
  )
}
