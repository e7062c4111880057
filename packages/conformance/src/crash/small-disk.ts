import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A disk of its own that is soon full. */
export interface SmallDisk {
  readonly folder: string
  /** A file whose removal makes room. */
  readonly ballast: string
  unmount(): void
}

const DISK_BYTES = 32 * 1024 * 1024

/** More than the rest: a store may have to write all that it holds once more before it goes on. */
const BALLAST_BYTES = 24 * 1024 * 1024

/** Mounts one in memory; where that is not possible or not allowed, says why. */
export function mountSmallDisk(parent: string): SmallDisk | string {
  const folder = join(parent, 'disk')
  mkdirSync(folder)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder], { encoding: 'utf8' })
  if (mounted.status !== 0) {
    return `no small disk can be mounted here: ${(mounted.error?.message ?? mounted.stderr).trim()}`
  }
  const ballast = join(folder, 'ballast')
  writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES, 1))
  return { folder, ballast, unmount: () => void spawnSync('umount', [folder]) }
}
