import { type Awaitable, type Call, type Change, decide, type Entry, type Verdict } from '@cachette/core'
import { ReferenceStore, RemoteReferenceStore } from '../reference.js'
import { type Mutant, storeMutant } from './mutant.js'

const DONE: Verdict = { apply: true, answer: true }
const REFUSED: Verdict = { apply: false, answer: false }

class TakesLeasesForValues extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    if (change.when !== 'absent') return super.judge(change, stored, call)
    return super.judge({ ...change, when: 'vacant' }, stored, call)
  }
}

class TakesTombstonesForValues extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const isTombstone = change.when === 'present' && stored?.kind === 'tombstone'
    return super.judge(change, isTombstone ? { ...stored, kind: 'value' } : stored, call)
  }
}

class IgnoresConditionsOnRemovals extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const asked = change.entry === undefined && change.when === 'absent' ? { ...change, when: undefined } : change
    return super.judge(asked, stored, call)
  }
}

class SeesNoLeases extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    return super.judge(change.when === 'vacant' ? { ...change, when: 'absent' } : change, stored, call)
  }
}

class SeesDeadLeases extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    if (change.when === 'vacant' && stored !== undefined && stored.kind !== 'value') return REFUSED
    return super.judge(change, stored, call)
  }
}

class ComparesTimesAlone extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    if (typeof change.when !== 'object' || stored === undefined) return super.judge(change, stored, call)
    const rounded = { ...stored, version: { ...change.when.version, time: stored.version.time } }
    return super.judge(change, rounded, call)
  }
}

class ComparesOnlyTheVisible extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const isHidden = stored !== undefined && (stored.kind !== 'value' || stored.expiresAt <= call.now)
    return typeof change.when === 'object' && isHidden ? REFUSED : super.judge(change, stored, call)
  }
}

class WritesAndSaysNo extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const verdict = super.judge(change, stored, call)
    return change.entry !== undefined && !verdict.answer ? { apply: true, answer: false } : verdict
  }
}

class RefusesWithAnError extends ReferenceStore {
  protected override change(change: Change, call: Call): boolean {
    const answer = super.change(change, call)
    if (!answer && change.entry !== undefined) throw new Error('the condition does not hold')
    return answer
  }
}

class TouchesWhatItRefuses extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const verdict = super.judge(change, stored, call)
    if (stored !== undefined && !verdict.apply) super.keep(change.key, { ...stored, version: change.version })
    return verdict
  }
}

class LooksThenWrites extends RemoteReferenceStore {
  override async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    const verdicts = changes.map((change) => decide(change, this.stored(change.key), call.now))
    await new Promise((resolve) => setImmediate(resolve))
    return changes.map((change, index) => {
      const verdict = verdicts[index] ?? REFUSED
      if (verdict.apply) super.change({ ...change, when: undefined }, call)
      return verdict.answer
    })
  }
}

class LetsAllWin extends RemoteReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const isRace =
      typeof change.when === 'string' && stored !== undefined && stored.version.time === change.version.time
    return isRace && change.when === 'absent' ? DONE : super.judge(change, stored, call)
  }
}

class SaysThatItRemoved extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const verdict = super.judge(change, stored, call)
    return change.entry === undefined && verdict.apply ? DONE : verdict
  }
}

class SaysWhatItRemovedUnseen extends ReferenceStore {
  protected override judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    const verdict = super.judge(change, stored, call)
    return change.entry === undefined && verdict.apply && stored !== undefined ? DONE : verdict
  }
}

class RemovesNothing extends ReferenceStore {
  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    return changes.map((change) => {
      const verdict = decide(change, this.stored(change.key), call.now)
      return change.entry === undefined ? verdict.answer : this.change(change, call)
    })
  }
}

export const CONDITION_MUTANTS: readonly Mutant[] = [
  storeMutant(
    'takes-leases-for-values',
    'C1',
    'Adds only where the slot is empty, so that a lease stands in the way.',
    TakesLeasesForValues,
  ),
  storeMutant(
    'takes-tombstones-for-values',
    'C1',
    'Takes the trace of a removal for a value.',
    TakesTombstonesForValues,
  ),
  storeMutant(
    'ignores-conditions-on-removals',
    'C4',
    'Judges conditions of puts, and removes without.',
    IgnoresConditionsOnRemovals,
  ),
  storeMutant('sees-no-leases', 'C2', 'Lets a second loader take the lease of the first.', SeesNoLeases),
  storeMutant('sees-dead-leases', 'C2', 'Lets a lease that has run out stand in the way for ever.', SeesDeadLeases),
  storeMutant('compares-times-alone', 'C3', 'Takes two writes of one millisecond for one.', ComparesTimesAlone),
  storeMutant(
    'compares-only-the-visible',
    'C3',
    'Cannot redeem a lease or replace an expired entry by its version.',
    ComparesOnlyTheVisible,
  ),
  storeMutant(
    'writes-and-says-no',
    'C4',
    'Answers that the condition did not hold, after it has written.',
    WritesAndSaysNo,
  ),
  storeMutant('refuses-with-an-error', 'C4', 'Throws where a condition does not hold.', RefusesWithAnError),
  storeMutant('touches-what-it-refuses', 'C4', 'Leaves the mark of a change that it refused.', TouchesWhatItRefuses),
  storeMutant('looks-then-writes', 'C5', 'Judges a condition in one step and writes in another.', LooksThenWrites),
  storeMutant('lets-all-win', 'C5', 'Lets each of the writers of one millisecond add the key.', LetsAllWin),
  storeMutant('says-that-it-removed', 'C6', 'Answers true to every removal.', SaysThatItRemoved),
  storeMutant(
    'says-what-it-removed-unseen',
    'C6',
    'Counts expired entries and leases as removed.',
    SaysWhatItRemovedUnseen,
  ),
  storeMutant(
    'removes-nothing',
    'C6',
    'Says that it removed, and did not: the suite of unstorage lets it pass.',
    RemovesNothing,
  ),
]
