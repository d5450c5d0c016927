import type { Picker } from './picker.ts';
import type { Slot } from './slot.ts';

/** Draws for one that is warm enough; after so many the last one drawn is as good. */
const mostDraws = 8;

/**
 * Draws a few at random and picks the one with the fewest calls of this process in flight for its weight.
 *
 * Two are nearly as good as all, without all callers running to the same idle one. A slot in slow start is drawn as
 * often as it is warm.
 *
 * Cost: independent of the number of endpoints.
 *
 * @see Mitzenmacher, "The power of two choices in randomized load balancing" (2001).
 */
export function createLeastRequest(choices: number, random: () => number): Picker {
  let slots: readonly Slot[] = [];

  const draw = (): number => {
    let index = 0;
    for (let i = 0; i < mostDraws; i++) {
      index = Math.floor(random() * slots.length);
      const { warmth } = slots[index] as Slot;
      if (warmth >= 1 || random() < warmth) return index;
    }
    return index;
  };

  return {
    compile(group) {
      slots = group.slots;
    },
    pick() {
      const count = slots.length;
      if (count < 2) return slots[0];
      let bestIndex = draw();
      let best = slots[bestIndex] as Slot;
      for (let i = 1; i < choices; i++) {
        let index = draw();
        // The same one twice is no choice.
        if (index === bestIndex) index = (index + 1 + Math.floor(random() * (count - 1))) % count;
        const other = slots[index] as Slot;
        const bestLoad = (best.inFlight + 1) * other.endpoint.weight;
        const otherLoad = (other.inFlight + 1) * best.endpoint.weight;
        const isLucky = other.warmth >= 1 || best.warmth < 1 || random() < other.warmth;
        if (otherLoad < bestLoad && isLucky) {
          best = other;
          bestIndex = index;
        }
      }
      return best;
    },
  };
}
