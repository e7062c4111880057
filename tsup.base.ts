import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Options } from 'tsup'

/** The fields of a package.json that say what is to be built. */
interface Manifest {
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
}

/** What a package may add to the shared build. */
interface Extra {
  /** Needed wherever `import.meta.url` is used: without it the CommonJS file would ship a bare `import.meta`. */
  readonly shims?: boolean
}

/**
 * The build of the package in the current folder, read from its own package.json: every entry of `exports` becomes ESM and
 * CommonJS with declarations of its own, every `bin` (and a private package's `main`) an ESM program.
 */
export function build({ shims = false }: Extra = {}): ReturnType<typeof defineConfig> {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
  const libraries = Object.keys(manifest.exports ?? {}).filter((path) => !path.endsWith('.json'))
  const programs = Object.values(manifest.bin ?? {}).map((file) => file.replace(/^\.\/dist\/|\.js$/g, ''))
  if (manifest.private === true) programs.push('main')

  const common: Options = {
    target: 'node20',
    outDir: 'dist',
    sourcemap: false,
    splitting: true,
    treeshake: true,
    removeNodeProtocol: false, // the default strips `node:`, and `node:test` has no other name
    shims,
  }
  const builds: Options[] = []
  if (libraries.length > 0) {
    builds.push({
      ...common,
      entry: entries(libraries.map((path) => (path === '.' ? 'index' : path.slice(2)))),
      format: ['esm', 'cjs'],
      // `paths` would draw the sources of other packages into the declarations; `baseUrl`, which tsup sets, is deprecated.
      dts: { compilerOptions: { ignoreDeprecations: '6.0', paths: {} } },
    })
  }
  if (programs.length > 0) builds.push({ ...common, entry: entries(programs), format: ['esm'] })
  return defineConfig(builds)
}

function entries(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, source(name)]))
}

function source(name: string): string {
  const found = [`src/${name}.ts`, `src/${name}/index.ts`].find((file) => existsSync(join(process.cwd(), file)))
  if (found === undefined)
    throw new Error(
      `package.json names the entry "${name}", but neither src/${name}.ts nor src/${name}/index.ts exists`,
    )
  return found
}
