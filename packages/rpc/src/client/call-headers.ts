import { type CallContext, childTrace, formatTraceparent, newTrace } from '@mainstay/kernel/context';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import type { Metadata } from '../engine/metadata.ts';
import { formatBaggage } from '../wire/baggage.ts';
import { headers } from '../wire/headers.ts';
import { formatPreferWait } from '../wire/prefer.ts';

/**
 * Writes what travels with every call: trace (a new span), baggage, idempotency key of keyed methods, and `Prefer`.
 *
 * An idempotency key among the call's own headers wins over the context's. An identity among them is dropped.
 */
export function setCallHeaders(
  header: Metadata,
  call: { context: CallContext | undefined; policy: ResolvedMethodPolicy },
): Metadata {
  const { context, policy } = call;
  const trace = context === undefined ? newTrace() : childTrace(context.trace);
  header.delete(headers.identity);
  header.set(headers.traceparent, formatTraceparent(trace));
  if (trace.traceState !== undefined) header.set(headers.tracestate, trace.traceState);
  const baggage = formatBaggage(context?.baggage);
  if (baggage !== undefined) header.set(headers.baggage, baggage);
  const key = context?.idempotencyKey;
  if (policy.idempotency === 'keyed' && key !== undefined && !header.has(headers.idempotencyKey)) {
    header.set(headers.idempotencyKey, key);
  }
  const waitSeconds = context?.preferWaitSeconds;
  if (waitSeconds !== undefined && !header.has(headers.prefer))
    header.set(headers.prefer, formatPreferWait(waitSeconds));
  return header;
}
