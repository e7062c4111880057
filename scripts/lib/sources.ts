/** Where the packages' sources are. The one list is `paths` in tsconfig.base.json. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../', import.meta.url))

interface Alias {
  readonly find: RegExp
  readonly replacement: string
}

/** The `paths` of tsconfig.base.json as aliases for Vite, the most specific first. */
export function aliases(): Alias[] {
  const config = JSON.parse(readFileSync(`${root}tsconfig.base.json`, 'utf8')) as {
    compilerOptions: { paths: Record<string, [string]> }
  }
  return Object.entries(config.compilerOptions.paths)
    .sort(([a], [b]) => b.length - a.length)
    .map(([name, [target]]) => ({
      find: new RegExp(`^${name.replace('*', '([^/]+)')}$`),
      replacement: root + target.replace('./', '').replace('*', '$1'),
    }))
}
