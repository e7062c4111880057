import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { built } from '../../../scripts/lib/built.js'

const program = built(new URL('./memory-budget/child.ts', import.meta.url))

async function filled(mode: 'with' | 'without'): Promise<string> {
  const { module } = await program
  const args = ['--max-old-space-size=64', fileURLToPath(module), mode]
  return (await promisify(execFile)(process.execPath, args)).stdout
}

describe('a process whose heap is far too small for what it caches', () => {
  it('dies without a budget', async () => {
    await expect(filled('without')).rejects.toMatchObject({ stderr: expect.stringContaining('heap out of memory') })
  }, 120_000)

  it('lives with one, and keeps what is used before what is not', async () => {
    const { wrong, hotShare, coldShare } = JSON.parse(await filled('with')) as Record<string, number>
    expect(wrong).toBe(0)
    expect(coldShare).toBeGreaterThan(0)
    expect(hotShare).toBeGreaterThan(10 * (coldShare ?? 1))
  }, 120_000)
})
