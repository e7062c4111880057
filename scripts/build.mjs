// Builds every package, or what turbo's own options select: `pnpm build --filter=@cachette/core`.
import { main } from './lib/shell.mjs'
import { build } from './lib/workspace.mjs'

main(() => build(process.argv.slice(2)))
