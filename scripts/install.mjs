// Installs the dependencies, unless they are current.
import { main } from './lib/shell.mjs'
import { install } from './lib/workspace.mjs'

main(install)
