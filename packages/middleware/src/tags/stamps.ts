import type { Tag } from '@cachette/core'
import type { Marker } from './markers.js'

/** Tells a stamp of this layer from the marker of somebody else's tag, which is left alone. */
const PREFIX = 'tags/'

/** What an entry remembers of a tag's marker. */
export function stampOf({ hard, soft }: Marker): string {
  return `${PREFIX}${hard}/${soft}`
}

/** A tag as it is given to whoever reads. Written again with what was read, it is still bound to what it was read under. */
class SeenTag implements Tag {
  readonly name: string
  readonly #stamp: string

  constructor(name: string, stamp: string) {
    this.name = name
    this.#stamp = stamp
  }

  static stampOf(tag: Tag): string | undefined {
    return #stamp in tag ? tag.#stamp : undefined
  }
}

/** The tags of a stored entry as its readers know them. */
export function opened(tags: readonly Tag[]): readonly Tag[] {
  return tags.map((tag) => (isStamped(tag) ? new SeenTag(tag.name, tag.marker) : tag))
}

/** Whether it is bound to no marker yet. */
export function isFresh(tag: Tag): boolean {
  return tag.marker === undefined && SeenTag.stampOf(tag) === undefined
}

/** The tags as they are stored; `fresh` are those that nothing bound before. */
export function stamped(tags: readonly Tag[], fresh: (name: string) => string | undefined): readonly Tag[] {
  return tags.map((tag) => {
    const { name, marker = SeenTag.stampOf(tag) ?? fresh(name) } = tag
    return { name, marker }
  })
}

/** Whether this layer judges by it: an entry that was written without the layer is bound to nothing, and not trusted. */
export function isJudged(tag: Tag): boolean {
  return tag.marker === undefined || isStamped(tag)
}

/** What becomes of an entry with these tags: nothing, it is stale, or it is hidden. */
export function verdictOn(tags: readonly Tag[], markers: ReadonlyMap<string, Marker>): 'fresh' | 'outdated' | 'hidden' {
  let verdict: 'fresh' | 'outdated' = 'fresh'
  for (const tag of tags) {
    if (!isJudged(tag)) continue
    const marker = markers.get(tag.name)
    if (marker === undefined) return 'hidden'
    if (tag.marker === stampOf(marker)) continue
    if (tag.marker?.startsWith(`${PREFIX}${marker.hard}/`) !== true) return 'hidden'
    verdict = 'outdated'
  }
  return verdict
}

function isStamped(tag: Tag): tag is Tag & { readonly marker: string } {
  return tag.marker?.startsWith(PREFIX) === true
}
