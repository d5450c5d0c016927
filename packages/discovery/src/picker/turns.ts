import type { Slot, SlotGroup } from '../upstream/slot.ts';
import type { Picker } from './picker.ts';

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
  let dueAt = new Float64Array(0);
  let heap = new Uint32Array(0);
  let nowAt = 0;

  const sink = (from: number): void => {
    const item = heap[from] as number;
    const due = dueAt[item] as number;
    const length = heap.length;
    let place = from;
    for (let child = 2 * place + 1; child < length; child = 2 * place + 1) {
      const right = child + 1;
      if (right < length && (dueAt[heap[right] as number] as number) < (dueAt[heap[child] as number] as number))
        child = right;
      if ((dueAt[heap[child] as number] as number) >= due) break;
      heap[place] = heap[child] as number;
      place = child;
    }
    heap[place] = item;
  };

  return {
    compile(group: SlotGroup) {
      for (let i = 0; i < slots.length; i++) (slots[i] as Slot).turnAt = (dueAt[i] as number) - nowAt;
      // Half a turn at the very beginning, so that shares are rounded to whole turns and not cut.
      const firstTurn = slots.length === 0 ? 0.5 : 1;
      slots = group.slots;
      nowAt = 0;
      dueAt = Float64Array.from(slots, (slot) => {
        const whole = 1 / weightOf(slot);
        return slot.turnAt > 0 && slot.turnAt < whole ? slot.turnAt : whole * firstTurn;
      });
      heap = Uint32Array.from(slots, (_, i) => i);
      for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(i);
    },
    pick() {
      if (heap.length === 0) return undefined;
      const index = heap[0] as number;
      const slot = slots[index] as Slot;
      nowAt = dueAt[index] as number;
      dueAt[index] = nowAt + 1 / weightOf(slot);
      sink(0);
      return slot;
    },
  };
}
