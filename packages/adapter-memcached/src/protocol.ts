import { Header } from 'memjs'

/** What a server can be asked to do, by the numbers of the binary protocol. A `get` names its key in the answer too. */
const OPCODES = { get: 0x0c, set: 0x01, add: 0x02, delete: 0x04, greet: 0x0a, login: 0x21 } as const

export type Verb = keyof typeof OPCODES

export const STATUS = { ok: 0x00, missing: 0x01, exists: 0x02 } as const

/** The answers to each that say what came of it; any other status says that the server refused it. */
const ANSWERS: Readonly<Record<Verb, readonly number[]>> = {
  get: [STATUS.ok, STATUS.missing],
  set: [STATUS.ok, STATUS.missing, STATUS.exists],
  add: [STATUS.ok, STATUS.exists],
  delete: [STATUS.ok, STATUS.missing, STATUS.exists],
  greet: [STATUS.ok],
  login: [STATUS.ok],
}

export const OFFSETS = { nameBytes: 2, extrasBytes: 4, bodyBytes: 8, opaque: 12, cas: 16, body: 24 } as const

const NOTHING = Buffer.alloc(0)

/** Of a put: the flags, and when it may be forgotten. */
const FACTS_BYTES = 8

/** What is said of an item that is put there: a word of the writer's own, and when it may be forgotten. */
export interface ItemFacts {
  readonly flags: number
  readonly expiry: number
}

export interface Request {
  readonly verb: Verb
  readonly bytes: Buffer
}

/** As it goes out, but for its number, which the connection gives. With `cas`, only over what has that still. */
export function request(
  verb: Verb,
  name: string,
  { value = NOTHING, facts, cas }: { readonly value?: Buffer; readonly facts?: ItemFacts; readonly cas?: Buffer } = {},
): Request {
  const nameBytes = Buffer.byteLength(name)
  const nameAt = OFFSETS.body + (facts === undefined ? 0 : FACTS_BYTES)
  const bytes = Buffer.allocUnsafe(nameAt + nameBytes + value.length)
  bytes.set(HEADERS[verb])
  bytes.writeUInt16BE(nameBytes, OFFSETS.nameBytes)
  bytes.writeUInt8(nameAt - OFFSETS.body, OFFSETS.extrasBytes)
  bytes.writeUInt32BE(bytes.length - OFFSETS.body, OFFSETS.bodyBytes)
  if (cas !== undefined) bytes.set(cas, OFFSETS.cas)
  if (facts !== undefined) {
    bytes.writeUInt32BE(facts.flags, OFFSETS.body)
    bytes.writeUInt32BE(facts.expiry, OFFSETS.body + 4)
  }
  bytes.write(name, nameAt)
  bytes.set(value, nameAt + nameBytes)
  return { verb, bytes }
}

/** As memjs makes them; filled in for each request, which takes a sixth of what making each anew does. */
const HEADERS: Readonly<Record<Verb, Buffer>> = /* @__PURE__ */ headers()

function headers(): Record<Verb, Buffer> {
  const header = (opcode: number): Buffer =>
    Header.toBuffer({ magic: 0x80, opcode, keyLength: 0, extrasLength: 0, totalBodyLength: 0 })
  return {
    get: header(OPCODES.get),
    set: header(OPCODES.set),
    add: header(OPCODES.add),
    delete: header(OPCODES.delete),
    greet: header(OPCODES.greet),
    login: header(OPCODES.login),
  }
}

export interface Reply {
  readonly opcode: number
  readonly status: number
  readonly opaque: number
  readonly flags: number
  readonly extrasBytes: number
  /** What the connection brought: only for a moment, since it holds much else. The reply begins at `at`. */
  readonly raw: Buffer
  readonly at: number
  readonly keyBytes: number
  /** Bytes that nobody else holds: a value, or the server's words about a status that is not 0. */
  readonly value: Uint8Array
}

/** The number of the item as it is now. */
export function casOf({ raw, at }: Reply): Buffer {
  return Buffer.from(raw.subarray(at + OFFSETS.cas, at + OFFSETS.body))
}

/** Whether the answer is to this request, and looks as servers make them: what was garbled on its way mostly does not. */
export function answers(reply: Reply, { verb, bytes }: Request): boolean {
  const { opcode, status, raw, at, keyBytes, value, extrasBytes } = reply
  if (opcode !== OPCODES[verb]) return false
  if (verb === 'get' && (status === STATUS.ok || status === STATUS.missing)) {
    const isItem = status === STATUS.ok
    if (extrasBytes !== (isItem ? 4 : 0) || (!isItem && value.length > 0)) return false
    const keyAt = at + OFFSETS.body + extrasBytes
    return bytes.compare(raw, keyAt, keyAt + keyBytes, OFFSETS.body) === 0
  }
  if (keyBytes > 0 || extrasBytes > 0) return false
  // A refusal says why; whatever was done is not spoken of, but for a login.
  return verb === 'login' || value.length > 0 === (status !== STATUS.ok)
}

/** Whether the server refused it, as against saying what came of it. */
export function isRefusal({ status }: Reply, verb: Verb): boolean {
  return !ANSWERS[verb].includes(status)
}

/** Of a server that refused something. */
export class Refusal extends Error {
  readonly status: number

  constructor({ status, value }: Reply) {
    super(Buffer.from(value).toString('latin1'))
    this.status = status
  }
}

/** Of an answer that no server gives: after it nothing that the connection brings can be trusted. */
export class ProtocolError extends Error {}
