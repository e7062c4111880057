import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Options } from 'tsup'

/** The fields of a package.json that say what is to be built. */
interface Manifest {
  readonly main?: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
}

/** Files of `src` by the name that they have in `dist`. */
interface Entries {
  /** What others import: every entry of `exports`. */
  readonly libraries: Readonly<Record<string, string>>
  /** What is run: every `bin`; and `main`, where nothing is exported. */
  readonly programs: Readonly<Record<string, string>>
}

/** The build of a package: ESM and CommonJS with declarations of their own for libraries, ESM alone for programs. */
export function build(folder: string): ReturnType<typeof defineConfig> {
  const { libraries, programs } = entries(folder)
  const common: Options = {
    target: 'node20',
    outDir: 'dist',
    splitting: true,
    treeshake: true, // by Rollup, which also gives CommonJS an `import.meta.url`
    removeNodeProtocol: false, // the default strips `node:`, and `node:test` has no other name
  }
  const library: Options = {
    ...common,
    entry: libraries,
    format: ['esm', 'cjs'],
    // `paths` would draw the sources of other packages into the declarations; `baseUrl`, which tsup sets, is deprecated.
    dts: { compilerOptions: { ignoreDeprecations: '6.0', paths: {} } },
  }
  const program: Options = { ...common, entry: programs, format: ['esm'] }
  return defineConfig([library, program].filter(({ entry = {} }) => Object.keys(entry).length > 0))
}

/** The entries of a package, as its package.json states them. */
export function entries(folder: string): Entries {
  const { exports, main, bin = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const libraries = Object.keys(exports ?? {}).filter((path) => !path.endsWith('.json'))
  const programs = exports === undefined && main !== undefined ? [main] : Object.values(bin)
  const sources = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, source(folder, name)]))
  return {
    libraries: sources(libraries.map((path) => (path === '.' ? 'index' : path.slice(2)))),
    programs: sources(programs.map((file) => file.replace(/^\.\/dist\/|\.js$/g, ''))),
  }
}

function source(folder: string, name: string): string {
  const found = [`src/${name}.ts`, `src/${name}/index.ts`].find((file) => existsSync(join(folder, file)))
  if (found !== undefined) return found
  throw new Error(`${folder}: package.json names the entry "${name}", but src has no such file`)
}
