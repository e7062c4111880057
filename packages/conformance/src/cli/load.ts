import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Awaitable, Store } from '@cachette/core'
import { type AnySubject, isSubject } from '../any-subject.js'
import { messageOf } from '../failure.js'
import type { OpenContext } from '../subject.js'
import { UsageError } from './parsing.js'

export interface Loaded {
  readonly subject: AnySubject
  /** How the printed code gets at it. */
  readonly importing: string
}

/** The subject of a module: what it exports under the name, as `subject` or by default, or the only export that will do. */
export async function load(file: string, exportName: string | undefined): Promise<Loaded> {
  const module = await importModule(file)
  const name = exportName ?? choose(module, file)
  const value = module.get(name)
  if (value === undefined) throw new UsageError(`${file} has no export ${name}; it has ${listOf(module)}`)
  return loaded(file, name, value)
}

async function importModule(file: string): Promise<ReadonlyMap<string, unknown>> {
  try {
    const module: unknown = await import(pathToFileURL(resolve(file)).href)
    return new Map(Object.entries(module as object))
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw new UsageError(`Node cannot run ${file} as it is: build it first, or use @cachette/conformance/vitest`)
    }
    throw new UsageError(`${file} could not be loaded: ${messageOf(error)}`)
  }
}

function choose(module: ReadonlyMap<string, unknown>, file: string): string {
  for (const name of ['subject', 'default']) if (isUsable(module.get(name))) return name
  const subjects = [...module].filter(([, value]) => isSubject(value))
  const usable = subjects.length > 0 ? subjects : [...module].filter(([, value]) => isUsable(value))
  const [only, ...others] = usable.map(([name]) => name)
  if (only === undefined) {
    throw new UsageError(
      `${file} exports no subject: expected an object with a name and open, layer, layers or codec, or a function that opens a store; it has ${listOf(module)}`,
    )
  }
  if (others.length > 0)
    throw new UsageError(
      `${file} exports several that could be checked; choose one with --export: ${[only, ...others].join(', ')}`,
    )
  return only
}

function isUsable(value: unknown): boolean {
  return typeof value === 'function' || isSubject(value)
}

function loaded(file: string, name: string, value: unknown): Loaded {
  const from = `from ${JSON.stringify(file)}`.replaceAll('"', "'")
  const imported = name === 'default' ? 'default as subject' : name === 'subject' ? name : `${name} as subject`
  if (isSubject(value)) return { subject: value, importing: `import { ${imported} } ${from}` }
  if (!isOpener(value))
    throw new UsageError(`${file}: expected ${name} to be a subject or a function, got ${typeof value}`)
  const opens = name === 'default' ? 'default as open' : name === 'open' ? name : `${name} as open`
  const subject = { name: value.name || name, open: opener(value) }
  return { subject, importing: `import { ${opens} } ${from}\n\nconst subject = { open }` }
}

type Opener = (context?: OpenContext) => Awaitable<Store<unknown>>

function isOpener(value: unknown): value is Opener {
  return typeof value === 'function'
}

/** A function that takes nothing is given nothing: it may refuse options that it does not know. */
function opener(open: Opener): (context: OpenContext) => Awaitable<Store<unknown>> {
  return open.length === 0 ? () => open() : (context) => open(context)
}

function listOf(module: ReadonlyMap<string, unknown>): string {
  return module.size === 0 ? 'none' : [...module.keys()].join(', ')
}
