import type { Clock } from '@mainstay/kernel';
import { splitChanged } from './postgres-split-store.ts';
import type { Split, SplitRecord } from './split.ts';
import type { SplitStore } from './split-store.ts';

/** Keeps splits for this process alone and as long as it runs, where there is no database. */
export function createMemorySplitStore(clock: Clock): SplitStore {
  const records = new Map<string, SplitRecord>();
  let last = 0;
  const change = async (service: string, split: Split | undefined, from: number): Promise<number> => {
    const known = records.get(service);
    const revision = known?.split === undefined ? 0 : known.revision;
    if (revision !== from || (split === undefined && revision === 0)) throw splitChanged(service);
    last += 1;
    records.set(service, { service, split, revision: last, changedAt: new Date(clock.nowMs()) });
    return last;
  };
  return {
    isKept: false,
    isShared: false,
    set: change,
    remove: (service, from) => change(service, undefined, from),
    async changesSince(revision) {
      const changed = [...records.values()].filter((record) => record.revision > revision);
      return changed.sort((a, b) => a.revision - b.revision);
    },
  };
}
