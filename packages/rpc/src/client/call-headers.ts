import { type CallContext, childTrace, formatTraceparent, newTrace } from '@mainstay/kernel/context';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import { Metadata } from '../engine/metadata.ts';
import { formatBaggage } from '../wire/baggage.ts';
import { headers } from '../wire/headers.ts';
import { formatPreferWait } from '../wire/prefer.ts';

/**
 * Writes what travels with every call: trace (a new span), baggage, idempotency key of keyed methods, and `Prefer`.
 *
 * @param own - the call's own headers, which stay as they are. An idempotency key among them wins over the context's, an
 * identity is dropped.
 */
export function callHeaders(
  own: Metadata | undefined,
  { context, policy }: { context: CallContext | undefined; policy: ResolvedMethodPolicy },
): Metadata {
  const trace = context === undefined ? newTrace() : childTrace(context.trace);
  const header = own === undefined ? new Metadata() : withoutOurs(own);
  header.append(headers.traceparent, formatTraceparent(trace));
  if (context === undefined) return header;
  if (trace.traceState !== undefined) header.set(headers.tracestate, trace.traceState);
  const { baggage, idempotencyKey, preferWaitSeconds } = context;
  const ids = baggage === undefined ? undefined : formatBaggage(baggage);
  if (ids !== undefined) header.set(headers.baggage, ids);
  if (policy.idempotency === 'keyed' && idempotencyKey !== undefined && !header.has(headers.idempotencyKey)) {
    header.append(headers.idempotencyKey, idempotencyKey);
  }
  if (preferWaitSeconds !== undefined && !header.has(headers.prefer)) {
    header.append(headers.prefer, formatPreferWait(preferWaitSeconds));
  }
  return header;
}

function withoutOurs(own: Metadata): Metadata {
  const header = own.copy();
  header.delete(headers.identity);
  header.delete(headers.traceparent);
  return header;
}
