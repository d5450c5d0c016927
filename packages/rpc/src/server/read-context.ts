import { type Deadline, deadlineIn } from '@mainstay/kernel';
import { newTrace, parseTraceparent, type TraceContext } from '@mainstay/kernel/context';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import type { EngineCall } from '../engine/engine.ts';
import type { Metadata } from '../engine/metadata.ts';
import { headers } from '../wire/headers.ts';
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
export function readDeadline(
  call: EngineCall,
  { timeoutMs = Number.POSITIVE_INFINITY }: ResolvedMethodPolicy,
  clock: { nowMs(): number },
): Deadline | undefined {
  // The contract's cap is in it, on the same clock.
  if (call.local !== undefined) return call.local.deadline;
  const leftMs = Math.min(parseTimeout(call.header.get(headers.timeout)) ?? Number.POSITIVE_INFINITY, timeoutMs);
  return leftMs === Number.POSITIVE_INFINITY ? undefined : deadlineIn(leftMs, clock);
}
