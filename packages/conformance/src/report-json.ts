import { isCacheError } from '@cachette/core'
import { messageOf } from './failure.js'
import type { Report } from './results.js'

/** The report for other programs. Failures keep their calls as code; what the store threw becomes its message and code. */
export function jsonOf(report: Report): string {
  return `${JSON.stringify(report, (name, value: unknown) => (name === 'cause' ? causeOf(value) : infinite(value)), 2)}\n`
}

function causeOf(cause: unknown): unknown {
  return { message: messageOf(cause), ...(isCacheError(cause) && { code: cause.code }) }
}

/** JSON has no number for it. */
function infinite(value: unknown): unknown {
  return value === Infinity ? 'Infinity' : value
}
