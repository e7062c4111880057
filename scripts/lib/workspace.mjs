// Installing, building and testing on a machine that has only Node and npm.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { root, run, say, step } from './shell.mjs'

/** @typedef {{ name: string, private?: boolean, packageManager?: string, exports?: Record<string, unknown> }} Manifest */

/** @param {string} folder @returns {Manifest} */
export function manifest(folder) {
  return JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'))
}

/** The folders of the packages that are published. */
export function published() {
  return readdirSync(`${root}packages`)
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(`${root}${folder}/package.json`) && manifest(folder).private !== true)
}

/** The pinned pnpm: the one that runs this script, if one does; else by way of npx. */
export function pnpm() {
  const running = process.env['npm_execpath'] ?? ''
  if (/pnpm\.c?js$/.test(running)) return [process.execPath, running]
  return ['npx', '-y', manifest('.').packageManager ?? 'pnpm']
}

/** Installs the dependencies unless that has been done for this very lockfile. */
export function install() {
  const stamp = `${root}node_modules/.installed`
  const lockfile = createHash('sha256')
    .update(readFileSync(`${root}pnpm-lock.yaml`))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile) return
  step(`install dependencies with ${manifest('.').packageManager}`, () => {
    run([...pnpm(), 'install', '--frozen-lockfile'], { quiet: true })
    writeFileSync(stamp, lockfile)
  })
}

/** @param {readonly string[]} args of turbo */
export function build(args, { quiet = false } = {}) {
  run([...pnpm(), 'exec', 'turbo', 'run', 'build', ...args], { quiet, env: { TURBO_TELEMETRY_DISABLED: '1' } })
}

/** @param {readonly string[]} args @param {Record<string, string>} [env] */
export function vitest(args, env = {}) {
  say(`> vitest ${args.join(' ')}`)
  run([process.execPath, `${root}node_modules/vitest/vitest.mjs`, ...args], { env })
}
