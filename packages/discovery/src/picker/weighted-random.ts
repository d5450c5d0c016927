import { type AliasTable, createAliasTable } from './alias-table.ts';
import type { Picker } from './picker.ts';
import type { Slot } from './slot.ts';

/** Share of its weight that a failing endpoint keeps, so that its recovery is noticed. */
const minimumShare = 0.05;
/** Draws for one that is accepted; after so many the last one drawn is as good. */
const mostDraws = 200;

/**
 * Picks at random by weight × (1 − failure ratio of the last calls) × warmth.
 *
 * Draws by weight and accepts by the rest, which gives exactly that distribution and needs no table per change of a
 * ratio.
 */
export function createWeightedRandom(random: () => number): Picker {
  return createRandomPicker(random, {
    weightOf: (slot) => slot.endpoint.weight,
    acceptOf: (slot) => slot.warmth * Math.max(minimumShare, 1 - slot.failureRatio),
  });
}

/** Picks evenly at random, a slot in slow start as often as it is warm. */
export function createRandom(random: () => number): Picker {
  return createRandomPicker(random, { weightOf: () => 1, acceptOf: (slot) => slot.warmth });
}

function createRandomPicker(
  random: () => number,
  { weightOf, acceptOf }: { weightOf: (slot: Slot) => number; acceptOf: (slot: Slot) => number },
): Picker {
  let slots: readonly Slot[] = [];
  let table: AliasTable = createAliasTable([]);

  return {
    compile(group) {
      slots = group.slots;
      table = createAliasTable(slots.map(weightOf));
    },
    pick() {
      if (slots.length < 2) return slots[0];
      let slot: Slot | undefined;
      for (let i = 0; i < mostDraws; i++) {
        slot = slots[table.draw(random())] as Slot;
        const accept = acceptOf(slot);
        if (accept >= 1 || random() < accept) return slot;
      }
      return slot;
    },
  };
}
