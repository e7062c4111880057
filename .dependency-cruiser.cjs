// Who may import whom. Type imports count as much as any other.

/** A package's sources may import, of this repository, only what stands here (and themselves). */
const MAY_IMPORT = {
  core: [],
  eviction: [],
  codecs: ['core'],
  'adapter-[^/]+': ['core'],
  middleware: ['core', 'eviction'],
  topology: ['core'],
  transfer: ['core'],
  compat: ['core', 'adapter-[^/]+', 'middleware'],
  conformance: ['core'],
}

/** Packages whose sources import nothing at all: no library, not even `node:`. */
const IMPORT_NOTHING = ['core', 'eviction']

const directions = Object.entries(MAY_IMPORT).map(([name, others]) => ({
  name: `${name.replace('[^/]+', 'any')}-imports-${others.length === 0 ? 'nothing' : others.join('-and-')}`,
  comment: `Sources of ${name} may import of this repository: ${others.join(', ') || 'nothing'}.`,
  severity: 'error',
  from: { path: `^packages/(${name})/src/` },
  to: {
    path: '^(packages|examples|scripts)/',
    pathNot: `^packages/(${['$1', ...others].join('|')})/src/|^packages/$1/package[.]json$`,
  },
}))

module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'no-imports-at-all',
      comment: 'These packages run anywhere and stand on nothing.',
      severity: 'error',
      from: { path: `^packages/(${IMPORT_NOTHING.join('|')})/src/` },
      to: { pathNot: '^packages/$1/src/' },
    },
    {
      name: 'packages-by-name',
      comment: 'Another package is imported by its name, never by a path into its folders.',
      severity: 'error',
      from: { path: '^(packages/[^/]+|examples/[^/]+)/' },
      to: {
        path: '^(packages|examples)/',
        pathNot: '^$1/',
        dependencyTypesNot: ['aliased', 'aliased-tsconfig', 'npm'],
      },
    },
    {
      name: 'sources-not-tests',
      comment: 'What ships never imports what does not.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '^packages/[^/]+/test/|^(scripts|examples)/' },
    },
    {
      name: 'declared',
      comment: 'Every library that the sources import stands in dependencies or peerDependencies.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: '^packages/bench/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'],
        dependencyTypesNot: ['npm-peer'],
      },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circles',
      comment: 'No import circle, type imports counted.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|examples)/[^/]+/(dist|\\.docs-check)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
}
