import { pathToFileURL } from 'node:url'
import type { Awaitable, Store } from '@cachette/core'
import type { Deviation } from '../subject.js'

/** What a module exports, as `crashSubject`, to be checked in processes of its own. */
export interface CrashSubject {
  /** Names it in the report. */
  readonly name: string
  /**
   * Opens what is stored at the path, or a new store where there is nothing yet. The folder that the path is in is
   * there; whether the path becomes a file or a folder is the store's own business.
   */
  open(path: string): Awaitable<Store>
  /** Names what only a kill can leave behind, and what opening has to have swept. Without it that is not checked. */
  leftovers?(path: string): Awaitable<readonly string[]>
  /** Laws that it breaks and why. They are printed on each run; one whose law holds fails the run. */
  readonly deviations?: readonly Deviation[] | undefined
}

/** Where a subject is exported: children import it by that. */
export interface SubjectPlace {
  /** The URL of the module. */
  readonly module: string
  readonly exportName: string
}

/** In a child: the subject itself. Whatever is wrong with it is thrown, and told by the parent. */
export async function importSubject({ module, exportName }: SubjectPlace): Promise<CrashSubject> {
  const exported: unknown = Reflect.get((await import(module)) as object, exportName)
  if (!isCrashSubject(exported)) {
    throw new TypeError(`${module}: expected the export ${exportName} to be an object with a name and open`)
  }
  return exported
}

function isCrashSubject(value: unknown): value is CrashSubject {
  if (typeof value !== 'object' || value === null) return false
  return typeof Reflect.get(value, 'name') === 'string' && typeof Reflect.get(value, 'open') === 'function'
}

/** A module as children import it: a URL as it is, a path as one. */
export function moduleUrl(module: string | URL): string {
  if (module instanceof URL) return module.href
  return /^(file|data|node):/.test(module) ? module : pathToFileURL(module).href
}
