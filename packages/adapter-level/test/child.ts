/** Opens what is at a path, tries everything with it, and tells in one line what came of it. */
import { isCacheError, manualClock } from '@cachette/core'
import { type LevelOptions, level } from '../src/index.js'
import { COUNT, keyOf, type Told, textOf } from './filled.js'
import { using } from './using.js'

const [, , path = '', options = '{}', mode = 'leave'] = process.argv
// The superuser may write anywhere.
if (mode === 'as nobody' && process.getuid?.() === 0) process.setuid?.(65_534)
const clock = manualClock()
const store = level({ path, clock, ...(JSON.parse(options) as Partial<LevelOptions>) })
const { get, set, keys, close } = using(store, clock)

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    return isCacheError(error) ? error.code : `not a CacheError: ${String(error)}`
  }
}

const told: Told = { right: 0, missing: 0, wrong: 0, read: [], write: '', scan: '', close: '' }
for (let index = 0; index < COUNT; index += 1) {
  const code = await codeOf(async () => {
    const text = await get(keyOf(index))
    if (text === undefined) told.missing += 1
    else told[text === textOf(index) ? 'right' : 'wrong'] += 1
  })
  if (!told.read.includes(code)) told.read.push(code)
  // What cannot be opened answers all alike.
  if (index === 0 && code !== 'done') break
}
told.scan = await codeOf(() => keys())
told.write = await codeOf(() => set('new', 'x'))
if (mode === 'stay') {
  process.stdout.write('open')
  await new Promise((resolve) => process.stdin.once('end', resolve).resume())
}
told.close = await codeOf(close)
process.stdout.write(JSON.stringify(told))
