// Short lines about what is being done, on stderr: stdout belongs to what is run.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

const coloured = process.stderr.isTTY === true && !process.env['NO_COLOR']

/** Some tools colour their output without a terminal too, unless they are told. */
const plain = process.stdout.isTTY || process.env['FORCE_COLOR'] ? {} : { NO_COLOR: '1' }

/** @type {(code: number, text: string) => string} */
const paint = (code, text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text)

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`)
}

/**
 * Runs a step and says how it went and how long it took.
 * @template T
 * @param {string} title
 * @param {() => T} work
 * @returns {T}
 */
export function step(title, work) {
  say(`${paint(36, '>')} ${title}`)
  const began = performance.now()
  try {
    const result = work()
    say(`${paint(32, '+')} ${title}: ${seconds(began)}`)
    return result
  } catch (error) {
    say(`${paint(31, 'x')} ${title}: failed after ${seconds(began)}`)
    throw error
  }
}

/** @param {number} began */
export function seconds(began) {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`
}

/** A command that did not end with 0. Its own output has been shown: nothing is to be added. */
export class Failed extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`exit ${status}`)
    this.status = status
  }
}

/**
 * Runs a command to its end; throws `Failed` unless it ends with 0.
 * `quiet`: its output is shown only if it fails. `env`: added to this process's own.
 * @param {readonly string[]} command
 * @param {{ quiet?: boolean, env?: Record<string, string>, cwd?: string }} [options]
 * @returns {string} what it wrote to stdout, if quiet
 */
export function run([file = '', ...args], { quiet = false, env = {}, cwd = root } = {}) {
  const ended = spawnSync(file, args, {
    cwd,
    env: { ...process.env, ...plain, ...env },
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32' && /^np[mx]$/.test(file),
  })
  if (ended.error) throw ended.error
  if (ended.status !== 0) {
    if (quiet) process.stderr.write(`${ended.stdout}${ended.stderr}`)
    throw new Failed(ended.status ?? 1)
  }
  return ended.stdout
}

/**
 * The body of a script: a failed command ends it with the command's own exit status.
 * @param {() => void} body
 */
export function main(body) {
  try {
    body()
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    process.exitCode = error.status
  }
}
