import { type Clock, uuidv7 } from '@mainstay/kernel';

/**
 * Key of a step's effect: what it is, of which saga, about what; the same for every attempt and after every crash.
 *
 * @example
 * stepKey({ id: 'sg_1', subject: 'o_7' }, 'reserve-stock'); // 'saga:sg_1:reserve-stock:o_7'
 */
export function stepKey(saga: { readonly id: string; readonly subject: string }, step: string): string {
  return `saga:${saga.id}:${step}:${saga.subject}`;
}

/** Key of a step's counter-action; differs from the step's own, so that one never replays the other's answer. */
export function undoKey(saga: { readonly id: string; readonly subject: string }, step: string): string {
  return `saga:${saga.id}:compensate:${step}:${saga.subject}`;
}

/** A new saga id: `sg_` and a UUIDv7, so that it is never mistaken for the id of what the saga is about. */
export function newSagaId(clock?: Pick<Clock, 'nowMs'>): string {
  return `sg_${uuidv7(clock)}`;
}
