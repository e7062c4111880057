import type { Command } from './command.js'
import { CHANGE, HEADS } from './scripts.js'

type Fits = (answer: unknown, command: Command) => boolean

const isText: Fits = (answer) => answer === null || Buffer.isBuffer(answer)
const isCount: Fits = (answer) => !Array.isArray(answer) && /^\d+$/.test(String(answer))
const isList = (answer: unknown, length: number, fits: (one: unknown, at: number) => boolean): boolean =>
  Array.isArray(answer) && answer.length === length && answer.every(fits)

/** By the command, or by what comes after its name. */
const ANSWERS: Readonly<Record<string, Fits>> = {
  GET: isText,
  MGET: (answer, command) => isList(answer, command.length - 1, (one) => isText(one, command)),
  SET: (answer) => String(answer) === 'OK',
  UNLINK: isCount,
  [CHANGE.sha]: (answer) => ['0', '1'].includes(String(answer)),
  [HEADS.sha]: (answer, command) =>
    isList(answer, 2 * Number(command[2]), (one, at) => (at % 2 === 0 ? isText(one, command) : isCount(one, command))),
}

const SHAS: Readonly<Record<string, string>> = { [CHANGE.text]: CHANGE.sha, [HEADS.text]: HEADS.sha }

/** Whether an answer can be one to the command. One that cannot belongs to another, or was damaged on its way. */
export function fits(answer: unknown, command: Command): boolean {
  const [name, script = ''] = command
  const asked = name === 'EVAL' || name === 'EVALSHA' ? (SHAS[String(script)] ?? String(script)) : name
  return ANSWERS[asked]?.(answer, command) ?? true
}
