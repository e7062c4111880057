import { memcachedServer, redisServer } from '../../src/servers.js'

// Starts servers, says which, and never stops them: whether they outlive it is for its parent to see.
if (process.argv[2] === 'stay') setInterval(() => undefined, 1_000)
const servers = await Promise.all([redisServer(), memcachedServer()])
process.stdout.write(`${JSON.stringify(servers.map(({ pid, folder }) => ({ pid, folder })))}\n`)
