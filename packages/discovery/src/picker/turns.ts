import type { Picker } from './picker.ts';
import type { Slot, SlotGroup } from './slot.ts';

/**
 * Takes turns in proportion to weights, spread as evenly as can be: never the heaviest several times in a row when
 * others are due (earliest deadline first; a slot of weight w is due every 1/w). A slot with the part p of the weight of
 * n slots is never more than 1 + p × n / 2 turns from its share.
 *
 * A weight is read when its slot has had its turn, so one that changes needs no new compilation.
 *
 * Cost: one step down a heap, O(log n), without allocation.
 */
export function createTurns(weightOf: (slot: Slot) => number): Picker {
  let slots: readonly Slot[] = [];
  /** The heap: when its entries are due, and which slots they are. */
  let dueAt = new Float64Array(0);
  let items = new Uint32Array(0);
  let nowAt = 0;

  const sink = (from: number, item: number, due: number): void => {
    const last = items.length - 1;
    let place = from;
    for (let child = 2 * place + 1; child <= last; child = 2 * place + 1) {
      if (child < last && (dueAt[child + 1] as number) < (dueAt[child] as number)) child++;
      if ((dueAt[child] as number) >= due) break;
      dueAt[place] = dueAt[child] as number;
      items[place] = items[child] as number;
      place = child;
    }
    dueAt[place] = due;
    items[place] = item;
  };

  return {
    compile(group: SlotGroup) {
      for (let i = 0; i < slots.length; i++) (slots[items[i] as number] as Slot).turnAt = (dueAt[i] as number) - nowAt;
      // Half a turn at the very beginning, so that shares are rounded to whole turns and not cut.
      const firstTurn = slots.length === 0 ? 0.5 : 1;
      slots = group.slots;
      nowAt = 0;
      dueAt = Float64Array.from(slots, (slot) => {
        const whole = 1 / weightOf(slot);
        return slot.turnAt > 0 && slot.turnAt < whole ? slot.turnAt : whole * firstTurn;
      });
      items = Uint32Array.from(slots, (_, i) => i);
      for (let i = (items.length >> 1) - 1; i >= 0; i--) sink(i, i, dueAt[i] as number);
    },
    pick() {
      if (items.length === 0) return undefined;
      const index = items[0] as number;
      const slot = slots[index] as Slot;
      nowAt = dueAt[0] as number;
      sink(0, index, nowAt + 1 / weightOf(slot));
      return slot;
    },
  };
}
