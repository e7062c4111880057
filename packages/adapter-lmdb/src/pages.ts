import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { DATA_VERSION, HEAD, LOCK, MAGIC, numberAt, TREE } from './layout.js'
import { Damage, Walk } from './tree.js'

/** What a look at the file came to. */
export type Finding =
  | { readonly state: 'new' | 'sound' }
  | { readonly state: 'unfinished' | 'foreign' | 'damaged'; readonly what: string }

/** How much of the file is looked at: every page in use, or the heads alone. */
export type Depth = 'pages' | 'heads'

/** Tries until the file stands still: what another process writes meanwhile is no damage. */
const TRIES = 20
const PAUSE_MS = 2

/**
 * Looks at a data file before the driver does, which maps it, trusts it, and would take the process down with a signal
 * where it is cut or damaged.
 */
export function inspect(file: string, lock: string, depth: Depth): Finding {
  let before = ''
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { finding, heads } = lookAt(file, lock, depth)
    // What a commit uses is not written again before the next one: damage below heads that stay the same is damage.
    if (finding.state === 'new' || finding.state === 'sound' || heads === before) return finding
    before = heads
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
  }
  // Another process commits to it all the time, which is as good as any look.
  return { state: 'sound' }
}

interface Look {
  readonly finding: Finding
  /** Tell one commit from the next. */
  readonly heads: string
}

function lookAt(file: string, lock: string, depth: Depth): Look {
  const look = readOf(file, (descriptor) => {
    const heads = headsOf(descriptor)
    return {
      finding: judge(descriptor, heads, depth, lock),
      heads: heads.map((head) => head.toString('hex')).join(' '),
    }
  })
  return look ?? { finding: { state: 'new' }, heads: '' }
}

function judge(descriptor: number, heads: readonly Buffer[], depth: Depth, lock: string): Finding {
  const { size } = fstatSync(descriptor)
  if (size === 0)
    return hadCommits(lock) ? { state: 'damaged', what: 'it is empty, and was not before' } : { state: 'new' }
  const [first = Buffer.alloc(0)] = heads
  const pageSize = pageSizeOf(first)
  if (size < 2 * pageSize && isHead(first) && !(transactionOf(first) > 1) && !hadCommits(lock)) {
    // Who made it was killed before anything could be committed to it.
    return { state: 'unfinished', what: 'it ends before its second page' }
  }
  try {
    for (const head of heads) {
      if (head.length < HEAD.end || !isHead(head)) throw new Damage('it does not begin as a file of LMDB')
      if (versionOf(head) !== DATA_VERSION) return { state: 'foreign', what: 'it is of another version of LMDB' }
      if (head.readUInt32LE(HEAD.free + TREE.pad) !== pageSize) throw new Damage('its page size is not clear')
    }
    const newest = heads.reduce((a, b) => (transactionOf(b) > transactionOf(a) ? b : a))
    const pages = numberAt(newest, HEAD.lastPage) + 1
    if (!(size >= pages * pageSize)) throw new Damage(`it has ${size} bytes of ${pages * pageSize}`)
    if (depth === 'pages') {
      const walk = new Walk({ descriptor, pageSize, pages, transaction: transactionOf(newest) })
      walk.stores(treeAt(newest, HEAD.main))
      walk.free(treeAt(newest, HEAD.free))
    }
    return { state: 'sound' }
  } catch (error) {
    if (error instanceof Damage) return { state: 'damaged', what: error.message }
    throw error
  }
}

/**
 * What the last who had it open noted of the last transaction: a new file has had none. Not looked at where somebody may
 * have it open, since to close a file is to lose the locks that this process has on it.
 */
function hadCommits(lock: string): boolean {
  const had = readOf(lock, (descriptor) => {
    const head = readAt(descriptor, 0, LOCK.end)
    return head.length === LOCK.end && head.readUInt32LE(LOCK.magic) === MAGIC && numberAt(head, LOCK.transaction) > 1
  })
  return had === true
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

function headsOf(descriptor: number): readonly Buffer[] {
  const first = readAt(descriptor, 0, HEAD.end)
  return [first, readAt(descriptor, pageSizeOf(first), HEAD.end)]
}

function isHead(head: Buffer): boolean {
  return head.length > HEAD.version && head.readUInt32LE(HEAD.magic) === MAGIC
}

function versionOf(head: Buffer): number {
  return head.readUInt16LE(HEAD.version)
}

/** Of a head that says none that can be, the usual: then the second head is not where it should be. */
function pageSizeOf(head: Buffer): number {
  const size = head.length < HEAD.end ? 0 : head.readUInt32LE(HEAD.free + TREE.pad)
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0 ? size : 4096
}

function transactionOf(head: Buffer): number {
  if (head.length < HEAD.end) return 0
  return numberAt(head, HEAD.transaction)
}

function treeAt(head: Buffer, at: number): Buffer {
  return head.subarray(at, at + TREE.end)
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position))
}
