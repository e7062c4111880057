export type Argument = string | Buffer | number

/** A command of the server's, and what it is told. */
export type Command = readonly [name: string, ...args: Argument[]]
