import type { Call, Clock } from '@cachette/core'

/** The call as a page of a scan has it: each page has the time of the whole call, from when it was asked for. */
export function paged(call: Call, clock: Clock): Call {
  return { ...call, deadline: clock.now() + (call.deadline - call.now) }
}
