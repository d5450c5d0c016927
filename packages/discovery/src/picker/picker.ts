import type { PickRequest } from '../balancer.ts';
import type { Slot, SlotGroup } from './slot.ts';

/** Picks from a group of slots that is compiled once per change. */
export interface Picker {
  /** Takes over a new group; what is known about turns goes on. */
  compile(group: SlotGroup): void;
  /** Picks one, perhaps one that was tried; undefined only for an empty group. */
  pick(request: PickRequest | undefined): Slot | undefined;
  /** Told when a slot of the group has more or fewer calls in flight, or another warmth; absent when it does not matter. */
  readonly noteLoad?: (slot: Slot) => void;
}
