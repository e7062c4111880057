/** Picks one of so many ways to go on. */
export type Choose = (ways: number) => number

/** Runs again and again until every sequence of choices has been made. Gives how many there were. */
export async function everyWay(run: (choose: Choose) => Promise<void>): Promise<number> {
  const path: { taken: number; ways: number }[] = []
  let runs = 0
  do {
    let depth = 0
    await run((ways) => {
      const step = path[depth] ?? { taken: 0, ways }
      path[depth] = step
      depth += 1
      return step.taken
    })
    runs += 1
    for (let last = path.at(-1); last !== undefined && last.taken + 1 === last.ways; last = path.at(-1)) path.pop()
    const last = path.at(-1)
    if (last !== undefined) last.taken += 1
  } while (path.length > 0)
  return runs
}
