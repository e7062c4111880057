import type { Clock } from '@cachette/core'
import type { ProxyFault } from './faults.js'

export interface FaultProxyOptions {
  /** The server behind it, or where it is. */
  readonly to: { readonly host: string; readonly port: number }
  /** Equal seeds and equal bytes give equal faults. Print it where a test fails. */
  readonly seed: number
  /** Times delays and drips. Default: the system's. */
  readonly clock?: Clock | undefined
}

export interface ProxyCounts {
  /** All that have ever come. */
  readonly connections: number
  readonly open: number
  /** How often a connection was struck by a fault; once for each fault that was set. */
  readonly struck: number
  /** Passed on to the server. */
  readonly requestBytes: number
  /** Passed on to clients. */
  readonly replyBytes: number
}

/** Stands between clients and a server, passes bytes on, and does to them what it is told. TLS is bytes like any. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly seed: number
  readonly counts: ProxyCounts
  /** From now on this is done, in place of what was. */
  fault(fault: ProxyFault): Promise<void>
  /** From now on nothing is done. Connections that were ended or damaged stay so. */
  heal(): Promise<void>
  /** Ends all connections now, idle ones too. */
  sever(how?: 'close' | 'reset'): void
  /** Ends them and itself. Twice is fine. */
  stop(): Promise<void>
}
