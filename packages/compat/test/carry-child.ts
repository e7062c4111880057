import { type Clock, systemClock } from '@cachette/core'
import { openCache } from '../src/level-cache.js'

/** Opens a cache, and ends itself as a kill would: when the time is asked for so many times, or a turn later. */
const [path = '', over, asked, when] = process.argv.slice(2)

let left = Number(asked)
const die = (): void => void process.kill(process.pid, 'SIGKILL')
const clock: Clock = {
  now() {
    left -= 1
    if (left === 0) {
      if (when === 'at once') die()
      else setImmediate(die)
    }
    return systemClock.now()
  },
  setTimer: (...given) => systemClock.setTimer(...given),
}

const cache = openCache({ path, over: over === 'lmdb' ? 'lmdb' : 'level', clock, onCarriedOver: die })
await cache.get('anything')
