import { newTrace, parseTraceparent, type TraceContext } from '@mainstay/kernel/context';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
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

/** Milliseconds after which the caller does not wait: what it sent, capped by the contract; `Infinity` for no limit. */
export function readTimeout(header: Metadata, { timeoutMs = Number.POSITIVE_INFINITY }: ResolvedMethodPolicy): number {
  return Math.min(parseTimeout(header.get(headers.timeout)) ?? Number.POSITIVE_INFINITY, timeoutMs);
}
