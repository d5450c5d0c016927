import type { Slot } from '../upstream/slot.ts';
import type { Picker } from './picker.ts';

/**
 * Picks the endpoint with the fewest calls of this process in flight, for its warmth; equals take turns.
 *
 * Only calls of this process are counted: other callers' load is known too late to steer by.
 *
 * Cost: looks at all endpoints; `least_request` does not.
 */
export function createLeastConnections(): Picker {
  let slots: readonly Slot[] = [];
  let turn = 0;

  return {
    compile(group) {
      slots = group.slots;
    },
    pick() {
      const count = slots.length;
      if (count === 0) return undefined;
      turn = (turn + 1) % count;
      let best: Slot | undefined;
      let bestLoad = Number.POSITIVE_INFINITY;
      for (let i = 0; i < count; i++) {
        const at = turn + i;
        const slot = slots[at < count ? at : at - count] as Slot;
        const load = slot.warmth < 1 ? (slot.inFlight + 1) / slot.warmth : slot.inFlight + 1;
        if (load < bestLoad) {
          best = slot;
          bestLoad = load;
        }
      }
      return best;
    },
  };
}
