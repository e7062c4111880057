import { checkOptions, RULES, type Rule, type Rules } from '@cachette/core'

/** Options with every field filled in. */
export type Settings<O> = { readonly [Name in keyof O]-?: Exclude<O[Name], undefined> }

/** The settings with what is given in its place; what is `undefined` counts as left out. Nothing is taken of a wrong lot. */
export function settle<O extends object>(owner: string, current: Settings<O>, given: O, rules: Rules<O>): Settings<O> {
  const named = Object.entries(checkOptions(owner, given, rules))
  return { ...current, ...Object.fromEntries(named.filter(([, value]) => value !== undefined)) }
}

/** One that is none would be missed only when there is something to tell. */
export function checkListener(owner: string, listener: unknown): void {
  checkOptions(owner, { listener }, { listener: RULES.run }, ['listener'])
}

export const SHARE: Rule = {
  expected: 'a number from 0 to 1',
  accepts: (value) => typeof value === 'number' && value >= 0 && value <= 1,
}

export const COUNT: Rule = {
  expected: 'zero or a positive whole number',
  accepts: (value) => value === Infinity || (Number.isInteger(value) && Number(value) >= 0),
}
