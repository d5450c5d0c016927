import type { ActorKind } from './actor.ts';

/** Who asked to cancel an order, and what they said; travels through the saga as one line of text. */
export interface CancelRequest {
  readonly actor: Exclude<ActorKind, 'saga'>;
  readonly reason: string;
}

/** Writes a request as the text that the saga keeps. */
export function formatCancelRequest({ actor, reason }: CancelRequest): string {
  return `${actor}:${reason}`;
}

/** Reads what {@link formatCancelRequest} wrote. */
export function parseCancelRequest(text: string): CancelRequest {
  const colon = text.indexOf(':');
  return { actor: text.slice(0, colon) === 'admin' ? 'admin' : 'customer', reason: text.slice(colon + 1) };
}

/** The reason stored when whoever cancelled gave none. */
export function cancelReasonOr(reason: string, actor: CancelRequest['actor']): string {
  const given = reason.trim();
  if (given !== '') return given;
  return actor === 'admin' ? 'CANCELLED_BY_SHOP' : 'CANCELLED_BY_CUSTOMER';
}
