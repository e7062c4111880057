import { type Awaitable, CacheError, type Call, type Found, type Page } from '@cachette/core'
import { ReferenceStore } from '../reference.js'
import { type Mutant, storeMutant } from './mutant.js'

const LONGEST_MEMCACHED_KEY = 250

class RefusesLongKeys extends ReferenceStore {
  override read(keys: readonly string[], call: Call): Awaitable<readonly (Found | undefined)[]> {
    if (keys.some((key) => key.length > LONGEST_MEMCACHED_KEY))
      throw new CacheError('INVALID_KEY', 'the key is too long')
    return super.read(keys, call)
  }
}

class ListsEscapedKeys extends ReferenceStore {
  protected override page(keys: readonly string[], call: Call): Page {
    return super.page(keys, call).map(([key, found]) => [encodeURIComponent(key), found])
  }
}

class FoldsCase extends ReferenceStore {
  protected override place(key: string): string {
    return key.toLowerCase()
  }
}

class FoldsSeparators extends ReferenceStore {
  protected override place(key: string): string {
    return key.replaceAll(/[/\\]/g, ':')
  }
}

class Sanitizes extends ReferenceStore {
  protected override place(key: string): string {
    return key.replaceAll(/\.\.\/|\$/g, '')
  }
}

class Normalizes extends ReferenceStore {
  protected override place(key: string): string {
    return key.normalize('NFC')
  }
}

class CutsLongKeys extends ReferenceStore {
  protected override place(key: string): string {
    return key.slice(0, LONGEST_MEMCACHED_KEY)
  }
}

class TrimsKeys extends ReferenceStore {
  protected override place(key: string): string {
    return key.trim()
  }
}

export const KEY_MUTANTS: readonly Mutant[] = [
  storeMutant('refuses-long-keys', 'K1', 'Hands the 250 bytes of a Memcached key on to its users.', RefusesLongKeys),
  storeMutant('lists-escaped-keys', 'K1', 'Lists keys as the backend spells them.', ListsEscapedKeys),
  storeMutant('folds-case', 'K2', 'Keeps A and a in one file, on file systems that tell no difference.', FoldsCase),
  storeMutant('folds-separators', 'K2', 'Takes a/b, a:b and a\\b for one key, as unstorage does.', FoldsSeparators),
  storeMutant(
    'sanitizes',
    'K2',
    'Strips what looks dangerous, so that ../a is a, as the sanitizing of keyv does.',
    Sanitizes,
  ),
  storeMutant('normalizes', 'K2', 'Stores names in one Unicode form, as some file systems do.', Normalizes),
  storeMutant('cuts-long-keys', 'K2', 'Cuts keys to the length that the backend takes.', CutsLongKeys),
  storeMutant('trims-keys', 'K2', 'Drops white space around a key.', TrimsKeys),
]
