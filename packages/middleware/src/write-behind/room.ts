/** Somebody who wants room for so many. */
interface Guest {
  readonly count: number
  readonly admit: () => void
}

/** A place in the queue, before anything stands in it. */
export interface Place {
  /** Settles once it is had. */
  readonly had: Promise<void>
  /** Gives it back: had or not, used or not. */
  leave(): void
}

/** Lets in no more than there is room for, in the order in which they came. */
export class Room {
  readonly #max: number
  readonly #taken: () => number
  readonly #crowd = new Set<Guest>()
  /** Of those who have been let in and have not left. */
  #promised = 0

  /** `taken`: how many are in it, beside those who have been let in just now. */
  constructor(max: number, taken: () => number) {
    this.#max = max
    this.#taken = taken
  }

  enter(count: number): Place {
    let guest: Guest | undefined
    const had = new Promise<void>((resolve) => {
      guest = {
        count,
        admit: () => {
          guest = undefined
          this.#promised += count
          resolve()
        },
      }
      this.#crowd.add(guest)
    })
    this.admit()
    let isGone = false
    const leave = (): void => {
      if (isGone) return
      isGone = true
      if (guest === undefined) this.#promised -= count
      else this.#crowd.delete(guest)
      this.admit()
    }
    return { had, leave }
  }

  /** There may be more room now. An empty one takes anybody, however many they are. */
  admit(): void {
    for (const guest of this.#crowd) {
      const inside = this.#taken() + this.#promised
      if (inside > 0 && inside + guest.count > this.#max) return
      this.#crowd.delete(guest)
      guest.admit()
    }
  }
}
