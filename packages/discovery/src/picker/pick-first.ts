import type { Picker } from './picker.ts';
import type { Slot } from './slot.ts';

/** Stays with the first of the list as long as it is usable: one connection, for active and stand-by. */
export function createPickFirst(): Picker {
  let slots: readonly Slot[] = [];
  return {
    compile(group) {
      slots = group.slots;
    },
    pick: () => slots[0],
  };
}
