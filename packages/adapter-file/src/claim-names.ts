import { OWNER } from './owner.js'

/** What a claim is for: two that do not look at what is stored leave each other alone, since either order is right. */
type Purpose = 'put' | 'judged-put' | 'cut' | 'judged-cut'

/** A file on its way to a claim, and a folder, which nobody minds. */
type Waiting = 'stage' | 'spare'

let made = 0

/** The name of a claim that nobody else makes: for the entry of this name, or with none for all there are. */
export function unique(name: string, purpose: Purpose | Waiting): string {
  made += 1
  return `${name}.${purpose}.${OWNER}.${made}`
}

/** Whether the one has to mind the other: of the same entry, where one of them judges what is stored. */
export function conflict(own: string, other: string): boolean {
  const [name = '', purpose = ''] = own.split('.', 2)
  const [otherName = '', otherPurpose = ''] = other.split('.', 2)
  if (own === other || !/(put|cut)$/.test(otherPurpose)) return false
  if (name !== otherName && name !== '' && otherName !== '') return false
  return purpose.startsWith('judged') || otherPurpose.startsWith('judged')
}

/** Whether it is one that takes what is removed. */
export function isFolder(claim: string): boolean {
  const [, purpose = ''] = claim.split('.', 2)
  return /cut$|^spare$/.test(purpose)
}

/** Who made it; nothing of files that are no claims. */
export function ownerOf(claim: string): string | undefined {
  const [name, purpose, owner, count] = claim.split('.')
  return name === undefined || purpose === undefined || count === undefined ? undefined : owner
}
