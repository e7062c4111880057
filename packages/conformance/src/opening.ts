import { code } from './format.js'
import { START_AT } from './trial.js'

/** What the calls of a failure are made on, and so how the code that shows them begins. */
export type Opening =
  | { readonly kind: 'store' | 'codec' }
  | {
      readonly kind: 'layer' | 'layers'
      /** What the layers stand over: a store of the kit's, or one of the subject's own. */
      readonly over: 'ready' | 'remote' | 'own'
    }

export const STORE: Opening = { kind: 'store' }

const BELOW = { ready: 'ReferenceStore', remote: 'RemoteReferenceStore' } as const

const IMPORTED_FROM_CORE = ['compose', 'createCache', 'manualClock', 'shell']
const IMPORTED_FROM_KIT = [
  'callsOn',
  'collect',
  'pattern',
  'ReferenceStore',
  'RemoteReferenceStore',
  'referenceSubject',
]

/** The calls with all that they need before them. */
export function withOpening(calls: readonly string[], opening: Opening, importing: string): string[] {
  const body = bodyOf(calls, opening)
  const uses = usesOf(body)
  return [
    ...imports(IMPORTED_FROM_CORE.filter(uses), '@cachette/core'),
    ...imports(IMPORTED_FROM_KIT.filter(uses), '@cachette/conformance'),
    ...importing.split('\n'),
    '',
    ...body,
  ]
}

function bodyOf(calls: readonly string[], opening: Opening): readonly string[] {
  if (opening.kind === 'codec') return ['const codec = subject.codec()', '', ...calls]
  const uses = usesOf(calls)
  if (!uses('store') && !uses('raw')) return calls
  return 'over' in opening ? overLayers(calls, opening) : overStore(calls)
}

function overStore(calls: readonly string[]): readonly string[] {
  const keyword = keywordFor(calls)
  return [
    `const clock = manualClock(${code(START_AT)})`,
    `${keyword} raw = await subject.open({ clock })`,
    `${keyword} store = shell(raw, { clock })`,
    ...helpers(calls, 'subject'),
    '',
    ...calls,
  ]
}

/** The subject has layers alone: what is done to a store is done to the one below. */
function overLayers(calls: readonly string[], { kind, over }: Extract<Opening, { over: string }>): readonly string[] {
  const keyword = keywordFor(calls)
  const made = kind === 'layer' ? '[subject.layer()]' : 'subject.layers()'
  return [
    `const clock = manualClock(${code(START_AT)})`,
    ...(over === 'own' ? [] : [`const below = referenceSubject('below', ${BELOW[over]})`]),
    `${keyword} raw = await ${over === 'own' ? 'subject.over' : 'below.open'}({ clock })`,
    `${keyword} layers = ${made}`,
    `${keyword} store = compose(shell(raw, { clock }), layers)`,
    ...helpers(calls, over === 'own' ? 'subject' : 'below'),
    '',
    ...calls.map((line) => throughLayers(line, made)),
  ]
}

/** Lines are written for a subject with a store. Of layers, the store that is on trial is the whole of them. */
function throughLayers(line: string, made: string): string {
  return line
    .replace(/\bsubject\.(?!hide\b)/g, 'below.')
    .replace(/\braw\.(?=read|readOne|write|scan|clear|streams)/g, 'store.')
    .replace('store = shell(raw, { clock })', `store = compose(shell(raw, { clock }), layers = ${made})`)
    .replace(/= shell\((await .*), \{ clock \}\)$/, `= compose(shell($1, { clock }), ${made})`)
}

function helpers(calls: readonly string[], subject: string): readonly string[] {
  const uses = usesOf(calls)
  const used = ['t', 'call', 'put', 'remove'].filter(uses)
  const needsSignal = uses('signal') && !calls.some((line) => /^const (signal|\{ signal \}) = /.test(line))
  return [
    ...(used.length === 0 ? [] : [`const { ${used.join(', ')} } = callsOn(${subject}, raw, clock)`]),
    ...(needsSignal ? ['const { signal } = new AbortController()'] : []),
  ]
}

/** A store that is opened again in the course of the calls is another from then on. */
function keywordFor(calls: readonly string[]): 'let' | 'const' {
  return calls.some((line) => line.startsWith('raw = ')) ? 'let' : 'const'
}

function imports(names: readonly string[], from: string): readonly string[] {
  return names.length === 0 ? [] : [`import { ${names.join(', ')} } from '${from}'`]
}

/** Whether a name is in the code; as that of a property it is another. */
function usesOf(lines: readonly string[]): (name: string) => boolean {
  const text = lines.join('\n')
  return (name) => new RegExp(`(?<!\\.)\\b${name}\\b(?!:)`).test(text)
}
