import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { oneOf, type Random } from '../random.js'

/** What can become of a file on a disk. */
const HARMS = ['flip', 'zero', 'garbage', 'cut', 'empty', 'append', 'remove'] as const

const PAGE = 4096

/** Damages one file of a closed store, as the random numbers say, and says what it did. */
export function harm(root: string, random: Random): string {
  const files = filesBelow(root)
  if (files.length === 0) return 'nothing: the store has no files'
  // Small files say what the others are, and large ones hold most of what there is.
  const file = random.below(2) === 0 ? oneOf(files, random) : bySize(files, random)
  const bytes = readFileSync(file)
  const kind = oneOf(HARMS, random)
  const at = anyOffset(bytes.length, random)
  const where = `${relative(root, file) || 'the file'} of ${bytes.length} bytes`
  switch (kind) {
    case 'flip': {
      const flips = 1 + random.below(8)
      for (let flip = 0; flip < flips; flip += 1) flipBit(bytes, at + random.below(64), random)
      writeFileSync(file, bytes)
      return `${flips} bits flipped from byte ${at} on in ${where}`
    }
    case 'zero':
      writeFileSync(file, bytes.fill(0, pageOf(at), Math.min(bytes.length, pageOf(at) + PAGE)))
      return `a page zeroed at ${pageOf(at)} in ${where}`
    case 'garbage':
      for (let byte = at; byte < Math.min(bytes.length, at + PAGE); byte += 1) bytes[byte] = random.below(256)
      writeFileSync(file, bytes)
      return `garbage from byte ${at} on in ${where}`
    case 'cut':
      truncateSync(file, at)
      return `cut at ${at}: ${where}`
    case 'empty':
      truncateSync(file, 0)
      return `emptied: ${where}`
    case 'append':
      writeFileSync(file, Buffer.from(Array.from({ length: 1 + random.below(PAGE) }, () => random.below(256))), {
        flag: 'a',
      })
      return `garbage appended to ${where}`
    case 'remove':
      rmSync(file)
      return `removed: ${where}`
  }
}

/** Also where the store is one file. */
function filesBelow(root: string): readonly string[] {
  if (statSync(root).isFile()) return [root]
  return readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** A file by one of its bytes. */
function bySize(files: readonly string[], random: Random): string {
  const sizes = files.map((file) => statSync(file).size)
  let at = random.below(sizes.reduce((sum, size) => sum + size, 0))
  for (const [index, file] of files.entries()) {
    at -= sizes[index] ?? 0
    if (at < 0) return file
  }
  return oneOf(files, random)
}

/** Anywhere; as often near the beginning or the end, where files say what they are. */
function anyOffset(length: number, random: Random): number {
  const near = random.below(Math.max(1, Math.min(length, PAGE)))
  const places = [random.below(Math.max(1, length)), near, Math.max(0, length - 1 - near)]
  return oneOf(places, random)
}

function pageOf(at: number): number {
  return at - (at % PAGE)
}

function flipBit(bytes: Buffer, at: number, random: Random): void {
  const byte = bytes[at]
  if (byte !== undefined) bytes[at] = byte ^ (1 << random.below(8))
}
