import type { Endpoint } from '../endpoint.ts';
import type { LatencyWindow } from './latency-window.ts';

/** Slots that are picked from together, and the calls under way on them. */
export interface SlotGroup {
  slots: readonly Slot[];
  inFlight: number;
  totalWeight: number;
  /** What the picker of the group is told of changed loads with. */
  noteLoad: ((slot: Slot) => void) | undefined;
}

/**
 * What an upstream knows about one endpoint. Lives as long as the endpoint is offered, and a while longer, so that
 * leaving and coming back forgets neither an ejection nor a call under way.
 */
export interface Slot {
  readonly id: string;
  endpoint: Endpoint;
  /** In the list as offered last. */
  isListed: boolean;
  /** When it left the list. */
  unlistedAtMs: number;
  /** Group it is picked from now. */
  group: SlotGroup | undefined;
  /** Its index in that group. */
  place: number;
  inFlight: number;
  /** Share of its weight during slow start, else 1. */
  warmth: number;
  /** When its slow start began. */
  warmFromMs: number;
  /** Failures in a row. */
  streak: number;
  /** Counts ejections and returns: the end of a call begun in an earlier epoch says nothing about this one. */
  epoch: number;
  /** 0 when it is not ejected. */
  ejectedUntilMs: number;
  /** How many base times the last ejection took; forgotten with time. */
  ejectionMultiple: number;
  readmittedAtMs: number;
  /** Moving share of failures, about the last 20 calls. */
  failureRatio: number;
  /** Next turn of weighted round robin, in virtual time. */
  turnAt: number;
  /** Calls and successes of the interval that success rates are compared over. */
  intervalCalls: number;
  intervalSuccesses: number;
  picks: number;
  successes: number;
  errors: number;
  canceled: number;
  ejections: number;
  latency: LatencyWindow | undefined;
}

/** Makes a group without slots. */
export function createSlotGroup(): SlotGroup {
  return { slots: [], inFlight: 0, totalWeight: 0, noteLoad: undefined };
}

/** Makes the slot of an endpoint nothing is known of. */
export function createSlot(endpoint: Endpoint): Slot {
  return {
    id: endpoint.id,
    endpoint,
    isListed: false,
    unlistedAtMs: 0,
    group: undefined,
    place: 0,
    inFlight: 0,
    warmth: 1,
    warmFromMs: Number.NEGATIVE_INFINITY,
    streak: 0,
    epoch: 0,
    ejectedUntilMs: 0,
    ejectionMultiple: 0,
    readmittedAtMs: 0,
    failureRatio: 0,
    turnAt: 0,
    intervalCalls: 0,
    intervalSuccesses: 0,
    picks: 0,
    successes: 0,
    errors: 0,
    canceled: 0,
    ejections: 0,
    latency: undefined,
  };
}
