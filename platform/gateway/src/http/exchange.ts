import { type Clock, kernelReasons, PlatformError } from '@mainstay/kernel';
import {
  anonymousIdentity,
  childTrace,
  newTrace,
  parseTraceparent,
  runInContext,
  type TraceContext,
} from '@mainstay/kernel/context';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Client } from '../identity/client.ts';
import { parseTarget, type RequestTarget } from '../routes/path.ts';
import type { AdmittedRequest } from './admitted-request.ts';

/** What is known about one request on its way through; filled step by step. */
export interface Exchange {
  readonly trace: TraceContext;
  readonly target: RequestTarget;
  /** Monotonic milliseconds. */
  readonly startedAtMs: number;
  /** Aborted when the client goes away before the answer. */
  readonly signal: AbortSignal;
  /** Who draws from which bucket; undefined for the gateway's own pages. */
  client: Client | undefined;
  /** Undefined until everything that does not need the body has been decided. */
  admitted: AdmittedRequest | undefined;
  /** Template of the route or path of the page, for metrics and logs; undefined until known. */
  routeTemplate: string | undefined;
  /** Reason of the problem that was the answer. */
  problemReason: string | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until the first hook has run. */
    exchange: Exchange | null;
  }
}

/** Longest `tracestate` that is passed on; W3C Trace Context section 3.3.1.5 asks for at least this. */
const maxTraceStateLength = 512;

/** Begins an exchange: continues the client's trace or starts one, and watches whether the client stays. */
export function beginExchange(request: FastifyRequest, reply: FastifyReply, clock: Clock): Exchange {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (reply.raw.writableFinished) return;
    controller.abort(new PlatformError(kernelReasons.CANCELED, 'the client went away before the answer'));
  });
  const exchange: Exchange = {
    trace: readTrace(request),
    target: parseTarget(request.originalUrl),
    startedAtMs: clock.monotonicMs(),
    signal: controller.signal,
    client: undefined,
    admitted: undefined,
    routeTemplate: undefined,
    problemReason: undefined,
  };
  request.exchange = exchange;
  return exchange;
}

function readTrace({ headers }: FastifyRequest): TraceContext {
  const state = headerOf(headers['tracestate']);
  const usable = state !== undefined && state.length <= maxTraceStateLength ? state : undefined;
  const parent = parseTraceparent(headerOf(headers['traceparent']), usable);
  return parent === undefined ? newTrace() : childTrace(parent);
}

/** Runs something, for example writing a log line, as part of the trace of a request. */
export function inTrace<T>({ trace }: Exchange, run: () => T): T {
  return runInContext({ trace, identity: anonymousIdentity }, run);
}

/** A header that must stand once; Node gives lists only for the few that it does not join. */
export function headerOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.join(', ');
}
