// `pnpm soak --seconds 600`: runs the files named *.soak.ts; each spends about that long (default 60). Other arguments go
// to vitest: `pnpm soak --seconds 600 --project adapter-memory`.
import { main } from './lib/shell.mjs'
import { install, vitest } from './lib/workspace.mjs'

main(() => {
  const args = process.argv.slice(2)
  const at = args.indexOf('--seconds')
  const [, seconds = '60'] = at < 0 ? [] : args.splice(at, 2)
  if (!(Number(seconds) > 0)) throw new TypeError(`--seconds: expected a positive number, got ${seconds}`)
  install()
  vitest(['run', ...args], { CACHETTE_SOAK_SECONDS: seconds })
})
