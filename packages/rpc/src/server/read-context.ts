import { type Cancellation, type Clock, type Deadline, deadlineIn } from '@mainstay/kernel';
import {
  type CallContext,
  type Identity,
  newTrace,
  parseTraceparent,
  type TraceContext,
} from '@mainstay/kernel/context';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import type { Metadata } from '../engine/metadata.ts';
import { parseBaggage } from '../wire/baggage.ts';
import { headers } from '../wire/headers.ts';
import { parsePreferWait } from '../wire/prefer.ts';
import { parseTimeout } from '../wire/timeout.ts';

/** A `tracestate` longer than this is dropped, as the standard allows. */
const maxTraceStateLength = 512;

/** Reads the trace of a call; a new one when the caller sends none or a malformed one. */
export function readTrace(header: Metadata): TraceContext {
  const state = header.get(headers.tracestate);
  const traceState = state !== undefined && state.length <= maxTraceStateLength ? state : undefined;
  return parseTraceparent(header.get(headers.traceparent), traceState) ?? newTrace();
}

/** The moment after which the caller does not wait: what it sent, capped by the contract. */
export function readDeadline(header: Metadata, policy: ResolvedMethodPolicy, clock: Clock): Deadline | undefined {
  const sentMs = parseTimeout(header.get(headers.timeout));
  const leftMs = Math.min(sentMs ?? Number.POSITIVE_INFINITY, policy.timeoutMs ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(leftMs) ? deadlineIn(leftMs, clock) : undefined;
}

/** Builds the context that a handler runs in. */
export function readContext(
  header: Metadata,
  known: { trace: TraceContext; identity: Identity; deadline: Deadline | undefined; scope: Cancellation },
): CallContext {
  const idempotencyKey = header.get(headers.idempotencyKey);
  // Ids stand in logs, so only services may say them.
  const isOfFleet = known.identity.viaService !== undefined;
  const baggage = isOfFleet ? parseBaggage(header.get(headers.baggage)) : undefined;
  const preferWaitSeconds = parsePreferWait(header.get(headers.prefer));
  return {
    trace: known.trace,
    identity: known.identity,
    cancellation: known.scope,
    get signal() {
      return known.scope.signal;
    },
    ...(known.deadline !== undefined && { deadline: known.deadline }),
    ...(idempotencyKey !== undefined && idempotencyKey !== '' && { idempotencyKey }),
    ...(baggage !== undefined && { baggage }),
    ...(preferWaitSeconds !== undefined && { preferWaitSeconds }),
  };
}
