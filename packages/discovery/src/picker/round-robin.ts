import type { Picker } from './picker.ts';
import type { Slot } from './slot.ts';
import { createTurns } from './turns.ts';

/**
 * Takes turns over the list as given; while an endpoint is in slow start, turns are weighted by warmth.
 *
 * Picks are synchronous, so concurrent calls never get the same turn: 300 picks over 3 endpoints are 100 each.
 */
export function createRoundRobin(): Picker {
  const warming = createTurns((slot) => slot.warmth);
  let slots: readonly Slot[] = [];
  let isWarming = false;
  let turn = 0;

  return {
    compile(group) {
      slots = group.slots;
      isWarming = slots.some((slot) => slot.warmth < 1);
      if (isWarming) warming.compile(group);
      if (turn >= slots.length) turn = slots.length === 0 ? 0 : turn % slots.length;
    },
    pick() {
      if (isWarming) return warming.pick(undefined);
      const slot = slots[turn];
      turn = turn + 1 >= slots.length ? 0 : turn + 1;
      return slot;
    },
  };
}
