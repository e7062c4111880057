/** Answers as they come: settles with the first so many, or fails once so many cannot come any more. */
export function gather<P, T>(
  places: readonly P[],
  needed: number,
  ask: (place: P) => Promise<T>,
  options: {
    /** All are asked at once; or so many as are needed, and another for each that fails. */
    readonly all: boolean
    readonly failure: (errors: readonly unknown[]) => unknown
  },
): Promise<ReadonlyMap<P, T>> {
  const { all, failure } = options
  return new Promise((resolve, reject) => {
    const answers = new Map<P, T>()
    const errors: unknown[] = []
    const waiting = [...places]
    const next = (): void => {
      const place = waiting.shift()
      if (place === undefined) return
      ask(place).then(
        (answer) => {
          answers.set(place, answer)
          if (answers.size === needed) resolve(new Map(answers))
        },
        (error: unknown) => {
          errors.push(error)
          if (places.length - errors.length < needed) reject(failure(errors))
          else next()
        },
      )
    }
    for (let count = all ? places.length : needed; count > 0; count -= 1) next()
  })
}
