import { createLoadBuckets, type LoadBuckets } from './load-buckets.ts';
import type { Picker } from './picker.ts';
import type { Slot } from './slot.ts';

/**
 * Picks the endpoint with the fewest calls of this process in flight, for its warmth; equals take turns.
 *
 * Only calls of this process are counted: other callers' load is known too late to steer by.
 *
 * Cost: independent of the number of endpoints, for a pick and for the begin and end of a call.
 */
export function createLeastConnections(): Picker {
  let slots: readonly Slot[] = [];
  let buckets: LoadBuckets = createLoadBuckets(0, 0);
  let last: Slot | undefined;

  return {
    compile(group) {
      slots = group.slots;
      const turn = last === undefined ? 0 : slots.indexOf(last) + 1;
      buckets = createLoadBuckets(slots.length, turn);
      for (let i = 0; i < slots.length; i++) {
        const at = (turn + i) % slots.length;
        buckets.file(at, loadOf(slots[at] as Slot));
      }
    },
    pick() {
      const item = buckets.next();
      if (item === undefined) return undefined;
      last = slots[item];
      return last;
    },
    noteLoad(slot) {
      buckets.file(slot.place, loadOf(slot));
    },
  };
}

/** A half warm endpoint with one call counts like a warm one with two. */
function loadOf({ inFlight, warmth }: Slot): number {
  return warmth < 1 ? Math.ceil((inFlight + 1) / warmth) : inFlight + 1;
}
