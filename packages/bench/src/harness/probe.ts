/** Groups whose figure is not a speed: how long an import takes, how large a bundle is. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packageFolder } from '../folder.js'
import type { Group, Series, Subject, Target, Unit } from './group.js'

interface Probed extends Subject {
  /** One sample. */
  probe(): number | Promise<number>
}

export interface Probe {
  readonly name: string
  readonly title: string
  readonly unit: Unit
  readonly subjects: readonly Probed[]
  readonly baseline: string
  readonly targets: readonly Target[]
  /** Of each subject, at most; 1 where every sample is the same. */
  readonly samples: number
}

export function probed({ subjects, samples, ...group }: Probe): Group {
  return {
    ...group,
    subjects,
    check: () => Promise.resolve([]),
    async measure(plan) {
      const series = subjects.map(({ name, probe }) => ({ subject: name, probe, samples: [] as number[] }))
      for (let round = 0; round < Math.max(1, Math.min(samples, plan.rounds * 2)); round++) {
        for (const subject of series) subject.samples.push(await subject.probe())
      }
      return { series: series.map(({ subject, samples }): Series => ({ subject, samples })), excluded: [] }
    },
  }
}

const IMPORTER = `const before = process.cpuUsage()
await import(process.argv[2])
const { user, system } = process.cpuUsage(before)
process.stdout.write(String((user + system) / 1000))`

/**
 * Milliseconds of processor time that a new process spends on importing a module, its own start not counted: on a busy
 * machine the time by the clock is several times as long, and never the same. The program is a file, as programs are:
 * one given on the command line would have Node's loader of files to start as well.
 */
export function importMs(url: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'cachette-bench-'))
  try {
    const program = join(folder, 'importer.mjs')
    writeFileSync(program, IMPORTER)
    const ended = spawnSync(process.execPath, [program, url], { encoding: 'utf8' })
    if (ended.status !== 0) throw new Error(`importing ${url} failed: ${ended.stderr}`)
    return Number(ended.stdout)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Kilobytes (1,000 bytes), minified and compressed, of a program that exports what the source says. */
export async function bundledKb(source: string, external: readonly string[] = []): Promise<number> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: packageFolder },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [...external],
    write: false,
    logLevel: 'silent', // a failure is thrown,
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error('the bundler gave no file')
  return gzipSync(output.contents, { level: 9 }).length / 1000
}
