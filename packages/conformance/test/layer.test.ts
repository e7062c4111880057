import { around, hide, keys, type LawId, type Layer, type Version, values } from '@cachette/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, checkStack, type StackSubject } from '../src/layer.js'
import { RemoteReferenceStore } from '../src/reference.js'
import type { Report } from '../src/results.js'

const OPTIONS = { runs: 30, seed: 1 }

/** A whole suite takes seconds. */
const PATIENCE = { timeout: 60_000 }

const invert = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => ~byte)

const inverted = (): Layer =>
  values({ name: 'inverted', encode: (value) => ({ value: invert(value), mark: true }), decode: invert })

const slowlyInverted = (): Layer => {
  const { wrap, ...layer } = values({
    name: 'slow',
    encode: async (value) => ({ value: invert(value), mark: true }),
    decode: async (value) => invert(value),
  })
  const traits = { sync: 'none' } as const
  return { ...layer, wrap: (next, host) => ({ ...wrap(next, host), traits: { ...next.traits, ...traits } }) }
}

const renamed = (): Layer => keys({ name: 'renamed', map: (name) => `~${name}`, unmap: (name) => name.slice(1) })
const oneWay = (): Layer => keys({ name: 'one way', map: (name) => `~${name}` })
const passing = (): Layer => around({ name: 'passing', around: (_, proceed) => proceed() })

const nameOf = ({ time, count, writer }: Version): string => `${time}.${count}.${writer}`

function brokenIn(report: Report): readonly string[] {
  return report.laws
    .filter(({ failure }) => failure !== undefined)
    .map(
      ({ law, failure }) =>
        `${law}: ${failure?.title}: expected ${failure?.expected}, got ${failure?.got}\n${failure?.calls.join('\n')}`,
    )
}

describe('checkLayer', PATIENCE, () => {
  it.each<[string, () => Layer]>([
    ['a layer that does nothing', () => ({ name: 'nothing', wrap: () => ({}) })],
    ['around', passing],
    ['values', inverted],
    ['values, later', slowlyInverted],
    ['keys', renamed],
    ['keys, one way', oneWay],
  ])('finds nothing wrong with %s', async (name, layer) => {
    expect(brokenIn(await checkLayer({ name, layer }, OPTIONS))).toEqual([])
  })

  it('finds nothing wrong with hide, told which entries it hides', async () => {
    const hidden = new WeakMap<Layer, Set<string>>()
    const report = await checkLayer(
      {
        name: 'hide',
        layer: () => {
          const versions = new Set<string>()
          const layer: Layer = hide({ name: 'hide', hidden: (_, { version }) => versions.has(nameOf(version)) })
          hidden.set(layer, versions)
          return layer
        },
        hide: async ({ store, layers: [layer] }, key, call) => {
          const [found] = await store.read([key], call)
          if (found !== undefined && layer !== undefined) hidden.get(layer)?.add(nameOf(found.version))
        },
      },
      OPTIONS,
    )
    expect(brokenIn(report)).toEqual([])
    expect(report.laws.find(({ law }) => law === 'Y2')?.status).toBe('passed')
  })

  it('says why it did not check what is hidden', async () => {
    const report = await checkLayer({ name: 'passing', layer: passing }, { ...OPTIONS, laws: ['Y2'] })
    expect(report.laws[0]).toMatchObject({ law: 'Y2', status: 'notApplicable' })
  })

  it('leaves out the laws that a layer changes on purpose', async () => {
    const failOpen: LawId[] = ['F2', 'Y4']
    const layer = (): Layer => ({ ...passing(), changes: failOpen })
    const report = await checkLayer(
      { name: 'fail open', layer, changes: ['P1'] },
      { ...OPTIONS, laws: ['F2', 'Y4', 'P1', 'K1'] },
    )
    expect(report.laws.map(({ law }) => law)).toEqual(['K1'])
  })

  it('refuses a subject that is none', async () => {
    const wrong: object = { name: 'a', layers: () => [] }
    await expect(checkLayer(wrong as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

describe('checkStack', PATIENCE, () => {
  it('finds nothing wrong with several layers over a remote store', async () => {
    const layers = () => [passing(), inverted(), renamed()]
    expect(brokenIn(await checkStack({ name: 'stack', layers, over: 'remote' }, OPTIONS))).toEqual([])
  })

  it('takes a store of the author', async () => {
    const over: StackSubject['over'] = ({ clock }) => new RemoteReferenceStore({ clock })
    const report = await checkStack(
      { name: 'own', layers: () => [passing()], over },
      { ...OPTIONS, laws: ['V1', 'L3'] },
    )
    expect(report.laws.map(({ law, status }) => [law, status])).toEqual([
      ['V1', 'passed'],
      ['L3', 'notApplicable'],
    ])
  })

  it('refuses a store that it does not know', async () => {
    const subject: object = { name: 'a', layers: () => [], over: 'there' }
    await expect(checkStack(subject as StackSubject)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})
