/** What a store on a server does under load while its server, or the way to it, is in trouble. */

export { ENDURE_DEFAULTS, type EndureOptions, endure } from './faults/endure.js'
export { type Endured, enduredText } from './faults/report.js'
export { networkTroubles, serverTroubles, type Trouble } from './faults/trouble.js'
