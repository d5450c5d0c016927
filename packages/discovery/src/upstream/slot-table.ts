import type { Endpoint } from '../endpoint.ts';
import { createSlot, type Slot } from '../picker/slot.ts';
import { chooseSubset } from './subset.ts';

/** An endpoint that left is remembered this long, so that its ejection outlives a restart of its registration. */
const memoryMs = 300_000;

/** The slots of an upstream, by endpoint id. */
export interface SlotTable {
  /** Slots of the subset of the offered list, in its order. */
  members(): readonly Slot[];
  all(): readonly Slot[];
  /** The slot of an endpoint, made when there is none. */
  of(endpoint: Endpoint): Slot;
  /** Takes over a list: those that are new, or back, begin their slow start, unless it is the first list. */
  offer(
    endpoints: readonly Endpoint[],
    how: { readonly subsetSize: number; readonly nowMs: number; readonly isFirst: boolean },
  ): void;
}

/** Makes an empty table. */
export function createSlotTable(clientId: string): SlotTable {
  const slots = new Map<string, Slot>();
  let members: readonly Slot[] = [];

  const of = (endpoint: Endpoint): Slot => {
    const known = slots.get(endpoint.id);
    if (known !== undefined) return known;
    const slot = createSlot(endpoint);
    slots.set(slot.id, slot);
    return slot;
  };

  return {
    members: () => members,
    all: () => [...slots.values()],
    of,
    offer(endpoints, { subsetSize, nowMs, isFirst }) {
      const before = new Set(members);
      const next = new Set<Slot>();
      for (const endpoint of chooseSubset(endpoints, subsetSize, clientId)) {
        const slot = of(endpoint);
        slot.endpoint = endpoint;
        if (!slot.isListed && !isFirst) slot.warmFromMs = nowMs;
        slot.isListed = true;
        next.add(slot);
        before.delete(slot);
      }
      for (const slot of before) {
        slot.isListed = false;
        slot.unlistedAtMs = nowMs;
        slot.group = undefined;
        // A call begun before it left tells nothing about it when it is back.
        slot.epoch++;
      }
      for (const slot of slots.values()) {
        if (!slot.isListed && slot.inFlight === 0 && nowMs - slot.unlistedAtMs > memoryMs) slots.delete(slot.id);
      }
      members = [...next];
    },
  };
}
