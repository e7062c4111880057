/** The `ts` blocks of the documentation, written out as modules that the compiler and the test runner can take. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../lib/sources.js'

/** Beside each document, so that a block finds the libraries that its package finds. Git ignores it. */
const FOLDER = '.docs-check'

interface Block {
  /** Of the line after the fence. */
  readonly line: number
  /** The module made of it; its line numbers are the document's. */
  readonly file: string
  /** False for a block marked `ts compile`: it is only type-checked. */
  readonly runs: boolean
}

interface Document {
  /** Relative to the root of the repository. */
  readonly path: string
  readonly blocks: readonly Block[]
}

/** Writes the blocks of every document out anew. */
export function extract(): Document[] {
  const documents = paths()
  for (const folder of new Set(documents.map((path) => join(root, dirname(path), FOLDER)))) {
    rmSync(folder, { recursive: true, force: true })
  }
  return documents.map((path) => ({ path, blocks: blocksOf(path) }))
}

function paths(): string[] {
  const folders = [...inside('packages'), ...inside('examples')]
  const readmes = ['README.md', 'CONTRIBUTING.md', ...folders.map((folder) => `${folder}/README.md`)]
  const contracts = folders.map((folder) => `${folder}/CONTRACT.md`)
  return [...readmes, ...contracts, ...markdownIn('docs')].filter((path) => existsSync(root + path))
}

function inside(folder: string): string[] {
  return existsSync(root + folder) ? readdirSync(root + folder).map((name) => `${folder}/${name}`) : []
}

function markdownIn(folder: string): string[] {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
}

function blocksOf(path: string): Block[] {
  const blocks: Block[] = []
  let open:
    | { readonly fence: string; readonly info: string; readonly line: number; readonly code: string[] }
    | undefined
  for (const [index, text] of readFileSync(root + path, 'utf8')
    .split('\n')
    .entries()) {
    if (open === undefined) {
      const [, fence, info] = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(text) ?? []
      if (fence !== undefined && info !== undefined) open = { fence, info: info.trim(), line: index + 1, code: [] }
    } else if (text.trim() === open.fence) {
      if (isTypeScript(open.info, `${path}:${open.line}`)) blocks.push(write(path, open))
      open = undefined
    } else {
      open.code.push(text)
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: this block is never closed`)
  return blocks
}

function isTypeScript(info: string, where: string): boolean {
  if (info === 'ts' || info === 'ts compile') return true
  if (/^(ts|typescript)\b/.test(info)) {
    throw new Error(`${where}: expected "ts" (compiled and run) or "ts compile" (compiled only), got "${info}"`)
  }
  return false
}

function write(path: string, open: { readonly info: string; readonly line: number; readonly code: string[] }): Block {
  const folder = join(root, dirname(path), FOLDER)
  const name = path.replace(/^.*\//, '').replace(/\.md$/, '')
  const file = join(folder, `${name}-line-${open.line + 1}.ts`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `${'\n'.repeat(open.line)}${open.code.join('\n')}\n`)
  return { line: open.line + 1, file, runs: open.info === 'ts' }
}
