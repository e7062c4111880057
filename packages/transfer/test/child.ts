/** Migrates from one folder into another, and is killed in the middle of a write. */
import { writeSync } from 'node:fs'
import { files } from '@cachette/adapter-file'
import { lmdb } from '@cachette/adapter-lmdb'
import { type Store, shell } from '@cachette/core'
import { migrate } from '../src/index.js'

const [from = '', to = '', writes = '1', direction] = process.argv.slice(2)

const [source, target] =
  direction === 'into files' ? [lmdb({ path: from }), files({ path: to })] : [files({ path: from }), lmdb({ path: to })]

let left = Number(writes)

const killed: Store = {
  name: target.name,
  contract: target.contract,
  traits: { ...target.traits, streams: false },
  read: (keys, call) => target.read(keys, call),
  write: (changes, call) => {
    const written = target.write(changes, call)
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
    return written
  },
  scan: (prefix, call) => target.scan(prefix, call),
  clear: (prefix, call) => target.clear(prefix, call),
  close: () => target.close(),
}

await migrate(source, shell(killed), {
  batchBytes: 20_000,
  onProgress: ({ checkpoint }) => writeSync(1, `${JSON.stringify(checkpoint)}\n`),
})
