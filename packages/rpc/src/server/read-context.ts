import { type Clock, type Deadline, deadlineIn } from '@mainstay/kernel';
import {
  type CallContext,
  type Identity,
  newTrace,
  parseTraceparent,
  type TraceContext,
} from '@mainstay/kernel/context';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import { parseBaggage } from '../wire/baggage.ts';
import { headers } from '../wire/headers.ts';
import { parsePreferWait } from '../wire/prefer.ts';
import { parseTimeout } from '../wire/timeout.ts';

/** A `tracestate` longer than this is dropped, as the standard allows. */
const maxTraceStateLength = 512;

/** Reads the trace of a call; a new one when the caller sends none or a malformed one. */
export function readTrace(header: Headers): TraceContext {
  const state = header.get(headers.tracestate);
  const traceState = state !== null && state.length <= maxTraceStateLength ? state : undefined;
  return parseTraceparent(header.get(headers.traceparent) ?? undefined, traceState) ?? newTrace();
}

/** The moment after which the caller does not wait: what it sent, capped by the contract. */
export function readDeadline(header: Headers, policy: ResolvedMethodPolicy, clock: Clock): Deadline | undefined {
  const sentMs = parseTimeout(header.get(headers.timeout));
  const leftMs = Math.min(sentMs ?? Number.POSITIVE_INFINITY, policy.timeoutMs ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(leftMs) ? deadlineIn(leftMs, clock) : undefined;
}

/** Builds the context that a handler runs in. */
export function readContext(
  header: Headers,
  known: { trace: TraceContext; identity: Identity; deadline: Deadline | undefined; signal: AbortSignal },
): CallContext {
  const idempotencyKey = header.get(headers.idempotencyKey);
  // Ids stand in logs, so only services may say them.
  const isOfFleet = known.identity.viaService !== undefined;
  const baggage = isOfFleet ? parseBaggage(header.get(headers.baggage)) : undefined;
  const preferWaitSeconds = parsePreferWait(header.get(headers.prefer));
  return {
    trace: known.trace,
    identity: known.identity,
    signal: known.signal,
    ...(known.deadline !== undefined && { deadline: known.deadline }),
    ...(idempotencyKey !== null && idempotencyKey !== '' && { idempotencyKey }),
    ...(baggage !== undefined && { baggage }),
    ...(preferWaitSeconds !== undefined && { preferWaitSeconds }),
  };
}
