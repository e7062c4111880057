/** The file of LMDB, data version 2, as the driver's binaries write it: offsets in bytes, numbers little-endian. */

export const MAGIC = 0xbe_ef_c0_de
export const DATA_VERSION = 2

/** Of each of the first two pages, its heads, one of which is the newest. */
export const HEAD = { magic: 24, version: 28, free: 48, main: 96, lastPage: 144, transaction: 152, end: 168 } as const

/** Of the lock file. */
export const LOCK = { magic: 0, transaction: 8, end: 16 } as const

/** What a head, or a leaf, says of a tree. The page size stands where the free tree has its `pad`. */
export const TREE = {
  pad: 0,
  flags: 4,
  depth: 6,
  branches: 8,
  leaves: 16,
  overflows: 24,
  entries: 32,
  root: 40,
  end: 48,
} as const

/** Of every page; what else is in it counts from the end of this. */
export const PAGE = { number: 0, transaction: 8, flags: 18, lower: 20, upper: 22, overflows: 20, end: 24 } as const
/** Of the flags; the others are the driver's notes to itself. */
export const PAGE_KIND = 0xff
export const BRANCH = 1
export const LEAF = 2
export const OVERFLOW = 4

/** Of every node in a page: of a branch, the first six bytes are a page's number; of a leaf, the size of the data. */
export const NODE = { size: 0, flags: 4, keySize: 6, end: 8 } as const
export const DATA_ELSEWHERE = 1
export const DATA_IS_TREE = 2

/** Where the data of a leaf's node is elsewhere: which pages. */
export const ELSEWHERE = { number: 0, pages: 16, end: 24 } as const

export const FIRST_DATA_PAGE = 2

/** The root of an empty tree, of which six bytes are read. */
export const NO_PAGE = 2 ** 48 - 1

/** The lower six bytes, which is more than files have; `NaN` where there is more. */
export function numberAt(bytes: Buffer, at: number): number {
  const low = bytes.readUIntLE(at, 6)
  const high = bytes.readUInt16LE(at + 6)
  return high === 0 || (high === 0xffff && low === NO_PAGE) ? low : Number.NaN
}

/** What the names of our stores begin with; the list of stores holds nothing else of ours. */
export const OURS = 'cachette:'
