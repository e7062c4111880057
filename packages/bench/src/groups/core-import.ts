import { importMs, probed } from '../harness/probe.js'

const MODULES = ['@cachette/core', '@cachette/adapter-memory', 'lru-cache', 'keyv', 'cacheable', 'bentocache']

/** What importing costs where there is next to nothing to import. */
const empty = { name: 'nothing', options: 'an empty module', probe: () => importMs('data:text/javascript,') }

const subjects = MODULES.map((name) => ({
  name,
  options: `import('${name}'), with what it imports itself`,
  package: name,
  probe: () => importMs(import.meta.resolve(name)),
}))

export const coreImport = probed({
  name: 'core/import',
  title: 'processor time of an import as an ES module in a new process, its own start not counted',
  unit: { name: 'ms', better: 'less' },
  subjects: [empty, ...subjects],
  baseline: empty.name,
  targets: [{ subject: '@cachette/core', atMost: 10 }],
  samples: 15,
})
