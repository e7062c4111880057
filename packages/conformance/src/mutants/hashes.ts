import { ReferenceStore } from '../reference.js'
import { type Mutant, storeMutant } from './mutant.js'

/** Keys that are taken for one another: by the hash they are stored under, or by what was meant to tidy them up. */

class Mingles extends ReferenceStore {
  readonly #keys = new Map<string, string>()

  /** What two keys are taken for. */
  protected same(key: string): string {
    return key
  }

  /** Under the key that came first, so that scans give keys that were written. */
  protected override place(key: string): string {
    const same = this.same(key)
    const first = this.#keys.get(same) ?? key
    this.#keys.set(same, first)
    return first
  }
}

function mingling(same: (key: string) => string): typeof ReferenceStore {
  return class extends Mingles {
    protected override same(key: string): string {
      return same(key)
    }
  }
}

/** A hash that goes through the bytes of a key one by one. */
function hash(begin: number, step: (sum: number, byte: number) => number): (key: string) => string {
  return (key) => String(Buffer.from(key).reduce(step, begin) >>> 0)
}

const crcStep = (sum: number, byte: number): number => {
  let next = sum ^ byte
  for (let bit = 0; bit < 8; bit += 1) next = next & 1 ? (next >>> 1) ^ 0xedb88320 : next >>> 1
  return next
}

const java = hash(0, (sum, byte) => (Math.imul(sum, 31) + byte) | 0)
const short = hash(0, (sum, byte) => (Math.imul(sum, 31) + byte) & 0xffff)

export const HASH_MUTANTS: readonly Mutant[] = [
  storeMutant('hashes-like-java', 'K2', "Stores under Java's hash of a string.", mingling(java)),
  storeMutant('hashes-by-crc', 'K2', 'Stores under a checksum, CRC-32.', mingling(hash(-1, crcStep))),
  storeMutant(
    'hashes-by-fnv',
    'K2',
    'Stores under FNV-1a, of 32 bits.',
    mingling(hash(0x811c9dc5, (sum, byte) => Math.imul(sum ^ byte, 0x01000193))),
  ),
  storeMutant(
    'hashes-by-djb',
    'K2',
    'Stores under djb2, of 32 bits.',
    mingling(hash(5381, (sum, byte) => (Math.imul(sum, 33) + byte) | 0)),
  ),
  storeMutant(
    'hashes-short',
    'K2',
    'Stores under a hash of 16 bits, which thousands of keys cannot share.',
    mingling(short),
  ),
  storeMutant(
    'joins-spaces',
    'K2',
    'Takes several spaces for one.',
    mingling((key) => key.replace(/ +/g, ' ')),
  ),
  storeMutant(
    'undoubles-quotes',
    'K2',
    'Escapes quotes as SQL does, and undoes it where nothing was escaped.',
    mingling((key) => key.replaceAll("''", "'")),
  ),
  storeMutant(
    'decodes-entities',
    'K2',
    'Takes keys for HTML.',
    mingling((key) => key.replaceAll('&amp;', '&')),
  ),
  storeMutant(
    'drops-variations',
    'K2',
    'Drops what chooses between forms of a character.',
    mingling((key) => key.replace(/[\ufe0e\ufe0f]/g, '')),
  ),
]
