import { createHash } from 'node:crypto'
import { FRAME_OFFSETS as AT, type Change, type Condition, versionBytes } from '@cachette/core'
import type { Argument } from './command.js'

/** A script, and the name under which servers keep it. */
export interface Script {
  readonly text: string
  readonly sha: string
}

/** What `fixed` holds: whether it is a frame at all, so that times and version may be read from it. */
const IS_FRAME = `#fixed == ${AT.section} and fixed:sub(1, 3) == '\\202\\196\\1'`

/**
 * One change under one condition, judged over the fixed fields of the frame. What is no frame, or of another type, is
 * nothing to a condition: the checksum cannot be computed here, so damage is named by the digest of all its bytes.
 * ARGV: the call's time, the condition, its version or digest, the native lifetime, the frame; a removal has no frame.
 */
export const CHANGE = /* @__PURE__ */ script(`
local now, when, mark, life, frame = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local fixed = redis.pcall('GETRANGE', KEYS[1], 0, ${AT.section - 1})
if type(fixed) ~= 'string' then fixed = '' end
local visible, live, same = false, false, false
if ${IS_FRAME} then
  local kind = fixed:byte(${AT.flags + 1}) % 4
  live = kind ~= 3 and now < struct.unpack('>d', fixed, ${AT.expiresAt + 1})
  visible = live and kind == 0
  same = fixed:sub(${AT.version + 1}, ${AT.sectionBytes}) == mark
end
if when == 'damaged' then
  local whole = redis.pcall('GET', KEYS[1])
  same = type(whole) == 'string' and redis.sha1hex(whole) == mark
end
local holds = when == '' or when == 'absent' and not visible or when == 'present' and visible
  or when == 'vacant' and not live or (when == 'version' or when == 'damaged') and same
if not holds then return 0 end
if not frame then
  redis.call('UNLINK', KEYS[1])
  return visible and 1 or 0
end
if life == '' then redis.call('SET', KEYS[1], frame) else redis.call('SET', KEYS[1], frame, 'PX', life) end
return 1
`)

/** The head of each frame and the length of the whole of it, one after the other. */
export const HEADS = /* @__PURE__ */ script(`
local found = {}
for index, key in ipairs(KEYS) do
  local fixed = redis.pcall('GETRANGE', key, 0, ${AT.section - 1})
  if type(fixed) ~= 'string' or fixed == '' and redis.call('EXISTS', key) == 0 then
    found[2 * index - 1], found[2 * index] = false, 0
  else
    if ${IS_FRAME} then
      local more = struct.unpack('>I2', fixed, ${AT.sectionBytes + 1}) + struct.unpack('>I2', fixed, ${AT.keyBytes + 1})
      if more > 0 then fixed = redis.call('GETRANGE', key, 0, ${AT.section - 1} + more) end
    end
    found[2 * index - 1], found[2 * index] = fixed, redis.call('STRLEN', key)
  end
end
return found
`)

export const SCRIPTS: readonly Script[] = [CHANGE, HEADS]

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** What the script of a change is told. `digest` is that of the damaged bytes which its condition speaks of. */
export function argumentsOf(
  { when }: Pick<Change, 'when'>,
  now: number,
  frame: Buffer | undefined,
  life: number | undefined,
  digest: string | undefined,
): readonly Argument[] {
  const told: Argument[] = [now, digest === undefined ? nameOf(when) : 'damaged', digest ?? markOf(when), life ?? '']
  return frame === undefined ? told : [...told, frame]
}

function nameOf(when: Condition | undefined): string {
  return typeof when === 'object' ? 'version' : (when ?? '')
}

function markOf(when: Condition | undefined): Argument {
  return typeof when === 'object' ? Buffer.from(versionBytes(when.version)) : ''
}

/** Of bytes, as the script computes it. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex')
}
