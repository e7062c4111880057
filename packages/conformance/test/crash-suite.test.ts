import { expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { lawsFor } from '../src/any-subject.js'
import { partsOf } from '../src/crash-suite.js'
import { crashConformance } from '../src/vitest.js'

const subjects = built(new URL('./support/crash-subjects.ts', import.meta.url))

crashConformance(async () => ({ ...(await subjects), kills: 3, damages: 3, durationMs: 200 }))

test('a check that there is none of is refused, and so is an option that none of them takes', async () => {
  expect(() => partsOf(['kill'])).toThrow('expected some of kills, damage, disk, sharing, got kill')
  const [kills] = partsOf(['kills'])
  const misspelt: object = { kilsl: 3 }
  await expect(async () => kills?.run({ ...(await subjects), ...misspelt })).rejects.toThrow('did you mean "kills"?')
})

test('a codec is held to the laws of codecs alone', () => {
  expect(lawsFor({ name: 'c', codec: () => ({ name: 'c', encode: () => new Uint8Array(), decode: () => 1 }) })).toEqual(
    ['V5', 'V6'],
  )
})
