/** A key that is asked for often: at most `count` times, and at least `count - error`. */
export interface HotKey {
  readonly key: string
  readonly count: number
  readonly error: number
}

/** One of the keys that are kept, in the list of those with its count. */
interface Member {
  key: string
  error: number
  group: Group
  next: Member | undefined
  previous: Member | undefined
}

interface Group {
  readonly count: number
  first: Member | undefined
  lower: Group | undefined
  higher: Group | undefined
}

/**
 * The keys that are asked for most, in the memory of so many keys: Space-Saving, over groups of one count, so that each
 * step is O(1) where all weigh the same. Of `total`, every key that has more than `total / capacity` is among them, and
 * no count is too high by more than that.
 */
export class SpaceSaving {
  readonly #capacity: number
  readonly #members = new Map<string, Member>()
  #lowest: Group | undefined
  #total = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get total(): number {
    return this.#total
  }

  /** No key that is not among them has more than this. */
  get floor(): number {
    return this.#members.size < this.#capacity ? 0 : (this.#lowest?.count ?? 0)
  }

  add(key: string, weight: number): void {
    this.#total += weight
    const known = this.#members.get(key)
    if (known !== undefined) this.#raise(known, weight)
    else if (this.#members.size < this.#capacity) this.#admit(key, weight)
    else if (this.#lowest?.first !== undefined) this.#replace(this.#lowest.first, key, weight)
  }

  /** The most frequent first. */
  list(): readonly HotKey[] {
    return [...this.#members.values()]
      .map(({ key, error, group }) => ({ key, count: group.count, error }))
      .sort((a, b) => b.count - a.count)
  }

  #admit(key: string, weight: number): void {
    const group = this.#group(weight, undefined)
    const member = { key, error: 0, group, next: undefined, previous: undefined }
    enter(member, group)
    this.#members.set(key, member)
  }

  /** One of the least frequent gives its place away, and its count, which may be all error. */
  #replace(member: Member, key: string, weight: number): void {
    this.#members.delete(member.key)
    this.#members.set(key, member)
    member.key = key
    member.error = member.group.count
    this.#raise(member, weight)
  }

  #raise(member: Member, weight: number): void {
    const { group } = member
    enter(member, this.#group(group.count + weight, group))
    if (group.first === undefined) this.#drop(group)
  }

  /** The group of that count, found or made, looked for from one that is lower. */
  #group(count: number, from: Group | undefined): Group {
    let lower = from
    let higher = from === undefined ? this.#lowest : from.higher
    while (higher !== undefined && higher.count < count) {
      lower = higher
      higher = higher.higher
    }
    if (higher?.count === count) return higher
    const group: Group = { count, first: undefined, lower, higher }
    if (lower === undefined) this.#lowest = group
    else lower.higher = group
    if (higher !== undefined) higher.lower = group
    return group
  }

  #drop({ lower, higher }: Group): void {
    if (lower === undefined) this.#lowest = higher
    else lower.higher = higher
    if (higher !== undefined) higher.lower = lower
  }
}

function enter(member: Member, group: Group): void {
  const { next, previous, group: left } = member
  if (previous !== undefined) previous.next = next
  else if (left.first === member) left.first = next
  if (next !== undefined) next.previous = previous
  member.group = group
  member.previous = undefined
  member.next = group.first
  if (group.first !== undefined) group.first.previous = member
  group.first = member
}
