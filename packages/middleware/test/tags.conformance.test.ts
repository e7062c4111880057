import { conformance } from '@cachette/conformance/vitest'
import { tags } from '../src/tags.js'

conformance({ name: 'tags', layer: () => tags() })

conformance({ name: 'tags, over a store that answers later', layer: () => tags(), over: 'remote' })
