import { bundledKb, probed } from '../harness/probe.js'

interface Bundle {
  readonly name: string
  readonly source: string
  /** Left out of the bundle. */
  readonly external?: readonly string[] | undefined
  readonly atMostKb?: number | undefined
}

/** What people import, and the ceilings. */
const BUNDLES: readonly Bundle[] = [
  { name: 'shell and frame', source: "export { frame, shell } from '@cachette/core'", atMostKb: 6 },
  { name: 'handle and loading', source: "export { createCache } from '@cachette/core'", atMostKb: 15 },
  { name: 'all of core', source: "export * from '@cachette/core'" },
  { name: 'adapter-memory', source: "export * from '@cachette/adapter-memory'", external: ['@cachette/core'] },
]

export const coreSize = probed({
  name: 'core/size',
  title: 'minified and compressed (gzip -9), of a program that exports just that',
  unit: { name: 'kB', better: 'less' },
  subjects: BUNDLES.map(({ name, source, external = [] }) => ({
    name,
    options: external.length === 0 ? source : `${source}, without ${external.join(', ')}`,
    probe: () => bundledKb(source, external),
  })),
  baseline: 'all of core',
  targets: BUNDLES.flatMap(({ name, atMostKb }) =>
    atMostKb === undefined ? [] : [{ subject: name, atMost: atMostKb }],
  ),
  samples: 1,
})
