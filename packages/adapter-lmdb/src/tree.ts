import { readSync } from 'node:fs'
import {
  BRANCH,
  DATA_ELSEWHERE,
  DATA_IS_TREE,
  ELSEWHERE,
  FIRST_DATA_PAGE,
  LEAF,
  NO_PAGE,
  NODE,
  numberAt,
  OURS,
  OVERFLOW,
  PAGE,
  PAGE_KIND,
  TREE,
} from './layout.js'

/** What is wrong with a file. */
export class Damage extends Error {}

/** An open file, and what its newest head says of all of it. */
export interface DataFile {
  readonly descriptor: number
  readonly pageSize: number
  readonly pages: number
  readonly transaction: number
}

/** A node of a leaf, and where its key and its data are in the page. */
interface Leaf {
  readonly page: Buffer
  readonly keyAt: number
  readonly dataAt: number
  readonly size: number
  readonly flags: number
}

/** A tree that is gone through. What is counted is held against what is said of it. */
interface Tree {
  readonly name: string
  readonly keys: 'texts' | 'numbers'
  readonly each: (leaf: Leaf) => void
  branches: number
  leaves: number
  entries: number
}

/** Between these the keys below a branch lie; the first of them may equal the lower one. */
interface Bounds {
  readonly from: Buffer | undefined
  readonly to: Buffer | undefined
}

/** No tree is deeper, and the driver's cursors end there. */
const MAX_DEPTH = 32

/**
 * Goes through every page that the newest commit uses, and throws a `Damage` where one is not as the driver makes it:
 * the driver trusts them, and follows a wrong number out of its map.
 */
export class Walk {
  readonly #file: DataFile
  readonly #used: Uint8Array

  constructor(file: DataFile) {
    this.#file = file
    this.#used = new Uint8Array(Math.ceil(file.pages / 8))
  }

  /** The tree of the stores, and each of ours. */
  stores(said: Buffer): void {
    this.#tree(said, 'the list of stores', 'texts', (leaf) => {
      const { page, keyAt, dataAt, size, flags } = leaf
      const name = page.toString('utf8', keyAt, dataAt)
      if (!name.startsWith(OURS)) return
      if (flags !== DATA_IS_TREE || size !== TREE.end) throw new Damage(`${name} is not described`)
      const store = Buffer.from(page.subarray(dataAt, dataAt + size))
      this.#tree(store, name, 'texts', (inner) => {
        if (inner.flags === DATA_ELSEWHERE) this.#elsewhere(inner)
        else if (inner.flags !== 0) throw new Damage(`${name} has a node of an unknown kind`)
      })
    })
  }

  /** To be called last: what is free is used by nothing. */
  free(said: Buffer): void {
    this.#tree(said, 'the list of free pages', 'numbers', (leaf) => {
      const { page, dataAt, size } = leaf
      this.#list(leaf.flags === DATA_ELSEWHERE ? this.#elsewhere(leaf) : page.subarray(dataAt, dataAt + size))
    })
  }

  #tree(said: Buffer, name: string, keys: Tree['keys'], each: Tree['each']): void {
    const tree: Tree = { name, keys, each, branches: 0, leaves: 0, entries: 0 }
    const root = numberAt(said, TREE.root)
    const depth = said.readUInt16LE(TREE.depth)
    if (depth > MAX_DEPTH) throw new Damage(`${name} says that it is ${depth} pages deep`)
    if (root !== NO_PAGE) this.#page(tree, root, depth, { from: undefined, to: undefined })
    for (const what of ['branches', 'leaves', 'entries'] as const) {
      const number = numberAt(said, TREE[what])
      if (number !== tree[what]) throw new Damage(`${name} has ${tree[what]} ${what}, and says ${number}`)
    }
  }

  #page(tree: Tree, number: number, depth: number, bounds: Bounds): void {
    const page = this.#read(tree.name, number, 1)
    const isLeaf = depth === 1
    const kind = page.readUInt16LE(PAGE.flags) & PAGE_KIND
    const lower = page.readUInt16LE(PAGE.lower)
    const upper = page.readUInt16LE(PAGE.upper)
    const room = this.#file.pageSize - PAGE.end
    if (kind !== (isLeaf ? LEAF : BRANCH) || lower === 0 || lower % 2 !== 0 || lower > upper || upper > room) {
      throw new Damage(`page ${number} of ${tree.name} is damaged`)
    }
    const nodes = this.#nodes(tree, page, number, isLeaf)
    checkOrder(tree, page, nodes, isLeaf, bounds)
    if (isLeaf) {
      tree.leaves += 1
      tree.entries += nodes.length
      for (const node of nodes) tree.each(node)
      return
    }
    tree.branches += 1
    for (const [index, node] of nodes.entries()) {
      const next = nodes[index + 1]
      const from = index === 0 ? bounds.from : keyOf(node)
      const to = next === undefined ? bounds.to : keyOf(next)
      this.#page(tree, page.readUIntLE(node.keyAt - NODE.end, 6), depth - 1, { from, to })
    }
  }

  #nodes(tree: Tree, page: Buffer, number: number, isLeaf: boolean): readonly Leaf[] {
    const nodes: Leaf[] = []
    const lower = page.readUInt16LE(PAGE.lower)
    const upper = PAGE.end + page.readUInt16LE(PAGE.upper)
    for (let at = PAGE.end; at < PAGE.end + lower; at += 2) {
      const node = PAGE.end + page.readUInt16LE(at)
      if (node < upper || node + NODE.end > page.length) throw new Damage(`page ${number} of ${tree.name} is damaged`)
      const keyAt = node + NODE.end
      const dataAt = keyAt + page.readUInt16LE(node + NODE.keySize)
      const flags = isLeaf ? page.readUInt16LE(node + NODE.flags) : 0
      const size = isLeaf ? page.readUInt32LE(node) : 0
      const end = dataAt + (flags === DATA_ELSEWHERE ? ELSEWHERE.end : size)
      if (end > page.length) throw new Damage(`a node in page ${number} of ${tree.name} leads out of it`)
      if (tree.keys === 'numbers' && isLeaf && dataAt - keyAt !== 8) throw new Damage(`${tree.name} has an odd key`)
      nodes.push({ page, keyAt, dataAt, size, flags })
    }
    return nodes
  }

  /** Data that has pages of its own. */
  #elsewhere({ page, dataAt, size }: Leaf): Buffer {
    const { pageSize } = this.#file
    const number = numberAt(page, dataAt + ELSEWHERE.number)
    const pages = numberAt(page, dataAt + ELSEWHERE.pages)
    // Smaller data may have been put over larger.
    if (!(PAGE.end + size <= pages * pageSize)) throw new Damage(`page ${number} has no room for its data`)
    const bytes = this.#read('large data', number, pages)
    if ((bytes.readUInt16LE(PAGE.flags) & PAGE_KIND) !== OVERFLOW || bytes.readUInt32LE(PAGE.overflows) !== pages) {
      throw new Damage(`page ${number} of large data is damaged`)
    }
    return bytes.subarray(PAGE.end, PAGE.end + size)
  }

  /** Page numbers, the first their count; a negative one says how many follow on the next. */
  #list(list: Buffer): void {
    const count = list.length < 8 ? Number.NaN : numberAt(list, 0)
    if (!(8 * (count + 1) <= list.length)) throw new Damage('a list of free pages is cut')
    let run = 1
    for (let index = 1; index <= count; index += 1) {
      const entry = list.readBigInt64LE(8 * index)
      if (entry < 0n) {
        run = Number(-entry)
        continue
      }
      if (entry > 0n) this.#use('the list of free pages', Number(entry), run)
      run = 1
    }
  }

  #read(name: string, number: number, count: number): Buffer {
    this.#use(name, number, count)
    const { descriptor, pageSize, transaction } = this.#file
    // What is large is not looked at, but for a list of free pages.
    const page = Buffer.allocUnsafe(pageSize * count)
    const length = readSync(descriptor, page, 0, page.length, number * pageSize)
    const isWhole = length === page.length && numberAt(page, PAGE.number) === number
    // The driver would write to what seems to be of a transaction still under way.
    if (isWhole && numberAt(page, PAGE.transaction) <= transaction) return page
    throw new Damage(`page ${number} of ${name} is damaged`)
  }

  /** Each page is used once. */
  #use(name: string, first: number, count: number): void {
    if (!(first >= FIRST_DATA_PAGE && count >= 1 && first + count <= this.#file.pages)) {
      throw new Damage(`${name} leads to page ${first}, which is none`)
    }
    for (let number = first; number < first + count; number += 1) {
      const bit = 1 << (number & 7)
      const byte = this.#used[number >> 3] ?? 0
      if ((byte & bit) !== 0) throw new Damage(`page ${number} is used twice`)
      this.#used[number >> 3] = byte | bit
    }
  }
}

/** Keys ascend, so a changed one cannot pass for another that is there. */
function checkOrder(tree: Tree, page: Buffer, nodes: readonly Leaf[], isLeaf: boolean, { from, to }: Bounds): void {
  // The first key of a branch is not looked at, and not kept.
  const first = isLeaf ? 0 : 1
  for (let index = first; index < nodes.length; index += 1) {
    const node = nodes[index]
    const before = nodes[index - 1]
    if (node === undefined) continue
    const isAfter = index === first || before === undefined || compare(tree, page, before, page, node) < 0
    if (!isAfter) throw new Damage(`keys of ${tree.name} are out of order`)
  }
  const lowest = nodes[first]
  const highest = nodes.at(-1)
  if (lowest === undefined || highest === undefined) return
  if (from !== undefined && compareBytes(tree, from, keyOf(lowest)) > 0) outOfBounds(tree)
  if (to !== undefined && compareBytes(tree, keyOf(highest), to) >= 0) outOfBounds(tree)
}

function outOfBounds(tree: Tree): never {
  throw new Damage(`keys of ${tree.name} are in the wrong page`)
}

function compare(tree: Tree, page: Buffer, a: Leaf, other: Buffer, b: Leaf): number {
  if (tree.keys === 'numbers') return numberAt(page, a.keyAt) - numberAt(other, b.keyAt)
  return page.compare(other, b.keyAt, b.dataAt, a.keyAt, a.dataAt)
}

function compareBytes(tree: Tree, a: Buffer, b: Buffer): number {
  return tree.keys === 'numbers' ? numberAt(a, 0) - numberAt(b, 0) : a.compare(b)
}

function keyOf({ page, keyAt, dataAt }: Leaf): Buffer {
  return page.subarray(keyAt, dataAt)
}
