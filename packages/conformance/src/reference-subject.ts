import type { Store } from '@cachette/core'
import { Outage } from './outage.js'
import { Disk, type ReferenceContext, type ReferenceStore } from './reference.js'
import type { OpenContext, Subject } from './subject.js'

export type ReferenceClass = new (context: ReferenceContext) => ReferenceStore

/** All that can be asked of a store in this process: it can be killed, joined, damaged and cut off. */
export function referenceSubject(name: string, Made: ReferenceClass): Subject {
  const outage = new Outage()
  const disks = new WeakMap<Store, Disk>()
  const open = (disk: Disk, { clock }: OpenContext): Store => {
    const store = new Made({ clock, disk, outage })
    disks.set(store, disk)
    return store
  }
  const diskOf = (store: Store): Disk => {
    const disk = disks.get(store)
    if (disk === undefined) throw new TypeError(`${store.name} is no store of the subject ${name}`)
    return disk
  }
  return {
    name,
    open: (context) => open(new Disk(), context),
    reopen: (closed, context) => open(diskOf(closed), context),
    crash: (store, context) => {
      diskOf(store).cutPower()
      return open(diskOf(store), context)
    },
    join: (store, context) => open(diskOf(store), context),
    breakBackend: (fault) => {
      outage.fault = fault
    },
    healBackend: () => {
      outage.fault = undefined
    },
    damage: (store, key) => {
      diskOf(store).damaged.add(key)
    },
    openScans: (store) => diskOf(store).openScans,
  }
}
