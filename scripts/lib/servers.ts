/** The servers that tests are run against: installed once, before the first test, where that may be done. */

import { installServers } from '@cachette/conformance/servers'

export async function setup(): Promise<void> {
  try {
    await installServers()
  } catch (error) {
    if (process.env['CI']) throw error
    // Whoever runs tests that need none can go on; the others fail, and say the same.
    process.stderr.write(`${String(error)}\n`)
  }
}
