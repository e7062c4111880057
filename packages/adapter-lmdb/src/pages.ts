import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'

/** Numbers are in the machine's order; the driver has binaries for little-endian machines alone. */
const META = {
  magic: 24,
  version: 28,
  pageSize: 48,
  roots: [88, 136],
  lastPage: 144,
  transaction: 152,
  end: 168,
} as const
const LOCK = { transaction: 8, end: 16 } as const
const FIRST_COMMIT = 1n
const MAGIC = 0xbe_ef_c0_de
const DATA_VERSION = 2

const HEADER = { number: 0, flags: 18, lower: 20, upper: 22, end: 24 } as const
const BRANCH = 1
const LEAF = 2

const NO_PAGE = 2n ** 64n - 1n
const FIRST_DATA_PAGE = 2n

/** What a look at the file came to. */
export type Finding =
  | { readonly state: 'new' | 'sound' }
  | { readonly state: 'unfinished' | 'foreign' | 'damaged'; readonly what: string }

/** Tries until the file stands still: what another process writes meanwhile is no damage. */
const TRIES = 20
const PAUSE_MS = 2

/**
 * Looks at a data file before the driver does, which maps it and would take the process down with a signal where it
 * is cut or its first pages are damaged.
 */
export function inspect(file: string, lock: string): Finding {
  let finding: Finding = { state: 'new' }
  let before = ''
  for (let tries = 0; tries < TRIES; tries += 1) {
    const look = lookAt(file, lock)
    finding = look.finding
    if (finding.state === 'new' || finding.state === 'sound') return finding
    // Pages of a commit are not written again before the next one: damage between two equal heads is damage.
    if (tries > 1 && look.head === before) return finding
    before = look.head
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
  }
  return finding
}

interface Look {
  readonly finding: Finding
  /** Tells one commit from the next. */
  readonly head: string
}

function lookAt(file: string, lock: string): Look {
  const head = readOf(file, (descriptor) => {
    const first = readAt(descriptor, 0, META.end)
    return { first, second: readAt(descriptor, pageSizeOf(first), META.end), finding: judge(descriptor, first) }
  })
  if (head === undefined) return { finding: { state: 'new' }, head: '' }
  const { first, second, finding } = head
  const isEmptied = finding.state === 'new' && hadCommits(lock)
  return {
    finding: isEmptied ? damaged('it is empty, and was not before') : finding,
    head: `${first.toString('hex')} ${second.toString('hex')}`,
  }
}

/** What the last who had it open wrote of the last transaction, which a new file has none of. */
function hadCommits(lock: string): boolean {
  return (
    readOf(lock, (descriptor) => {
      const head = readAt(descriptor, 0, LOCK.end)
      return (
        head.length === LOCK.end &&
        head.readUInt32LE(0) === MAGIC &&
        head.readBigUInt64LE(LOCK.transaction) > FIRST_COMMIT
      )
    }) ?? false
  )
}

/** Nothing where there is no such file. */
function readOf<T>(file: string, read: (descriptor: number) => T): T | undefined {
  if (!existsSync(file)) return undefined
  const descriptor = openSync(file, 'r')
  try {
    return read(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function judge(descriptor: number, first: Buffer): Finding {
  const size = BigInt(fstatSync(descriptor).size)
  if (size === 0n) return { state: 'new' }
  const pageSize = pageSizeOf(first)
  const metas = [first, readAt(descriptor, pageSize, META.end)]
  if (size < BigInt(2 * pageSize)) return short(first, pageSize)
  for (const [index, meta] of metas.entries()) {
    if (meta.length < META.end || meta.readUInt32LE(META.magic) !== MAGIC)
      return damaged(`head ${index} is none of LMDB`)
    if ((meta.readUInt32LE(META.version) & 0xffff) !== DATA_VERSION) {
      return { state: 'foreign', what: 'it is of another version of LMDB' }
    }
    if (meta.readUInt32LE(META.pageSize) !== pageSize) return damaged(`head ${index} has another page size`)
  }
  const newest = metas.reduce((a, b) => (transactionOf(b) > transactionOf(a) ? b : a))
  const pages = newest.readBigUInt64LE(META.lastPage) + 1n
  if (size < pages * BigInt(pageSize))
    return damaged(`it has ${size} bytes, and should have ${pages * BigInt(pageSize)}`)
  for (const root of META.roots) {
    const what = pageDamage(descriptor, newest.readBigUInt64LE(root), pages, pageSize)
    if (what !== undefined) return damaged(what)
  }
  return { state: 'sound' }
}

/** Nothing can have been committed to less than two pages: its maker was killed. */
function short(first: Buffer, pageSize: number): Finding {
  const isHead = first.length < META.end || first.readUInt32LE(META.magic) === MAGIC
  if (isHead) return { state: 'unfinished', what: `it ends before its second page of ${pageSize} bytes` }
  return damaged('it is none of LMDB')
}

function pageDamage(descriptor: number, number: bigint, pages: bigint, pageSize: number): string | undefined {
  if (number === NO_PAGE) return undefined
  if (number < FIRST_DATA_PAGE || number >= pages) return `root page ${number} is outside of the file`
  const page = readAt(descriptor, Number(number) * pageSize, HEADER.end)
  const kind = page.readUInt16LE(HEADER.flags) & (BRANCH | LEAF)
  const lower = page.readUInt16LE(HEADER.lower)
  const upper = page.readUInt16LE(HEADER.upper)
  const isPage = page.readBigUInt64LE(HEADER.number) === number && (kind === BRANCH || kind === LEAF)
  if (!isPage || lower > upper || upper > pageSize) return `root page ${number} is damaged`
  return undefined
}

function damaged(what: string): Finding {
  return { state: 'damaged', what }
}

/** Of a head that says none that can be, the smallest there is: then the second head is not where it should be. */
function pageSizeOf(head: Buffer): number {
  const size = head.length < META.end ? 0 : head.readUInt32LE(META.pageSize)
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0 ? size : 4096
}

function transactionOf(meta: Buffer): bigint {
  return meta.readBigUInt64LE(META.transaction)
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position))
}
