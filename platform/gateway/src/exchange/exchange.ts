import type { HttpHeaders, HttpRequest } from '@mainstay/http1';
import { Cancellation, type Clock } from '@mainstay/kernel';
import {
  anonymousIdentity,
  childTrace,
  newTrace,
  parseTraceparent,
  runInContextAlone,
  type TraceContext,
} from '@mainstay/kernel/context';
import type { AnswerFields, HeaderMapper, MappedHeaders } from '@mainstay/rpc';
import type { Client } from '../identity/client.ts';
import { parseTarget, type RequestTarget } from '../transcode/request-target.ts';
import type { AdmittedRequest } from './admitted-request.ts';

/** What is known about one request on its way through; filled step by step. */
export class Exchange {
  readonly trace: TraceContext;
  readonly target: RequestTarget;
  /** Monotonic milliseconds. */
  readonly startedAtMs: number;
  /** Headers of the request by the header rules, and those of its answer. */
  readonly mapped: MappedHeaders;
  /** Comes when the client goes away before the answer. */
  readonly cancellation: Cancellation = new Cancellation();
  /** Who draws from which bucket; undefined for the gateway's own pages. */
  client: Client | undefined = undefined;
  /** Undefined until everything that does not need the body has been decided. */
  admitted: AdmittedRequest | undefined = undefined;
  /** Template of the route or path of the page, for metrics and logs; undefined until known. */
  routeTemplate: string | undefined = undefined;
  /** Metadata of the service's answer or error; undefined when no service answered. */
  answered: AnswerFields | undefined = undefined;
  /** Whether the answer was a WebSocket. */
  isSocket = false;
  /** Whether a page of the gateway's own is the answer. */
  isPage = false;
  /** Reason of the problem that was the answer. */
  problemReason: string | undefined = undefined;

  constructor(begun: Pick<Exchange, 'trace' | 'target' | 'startedAtMs' | 'mapped'>) {
    this.trace = begun.trace;
    this.target = begun.target;
    this.startedAtMs = begun.startedAtMs;
    this.mapped = begun.mapped;
  }

  /** Aborted with the cancellation; made when it is first read. */
  get signal(): AbortSignal {
    return this.cancellation.signal;
  }
}

/** Longest `tracestate` that is passed on; W3C Trace Context section 3.3.1.5 asks for at least this. */
const maxTraceStateLength = 512;

/** What an exchange is made with. */
export interface ExchangeTools {
  readonly clock: Clock;
  readonly mapper: HeaderMapper;
}

/** Begins an exchange: continues the client's trace or starts one. */
export function beginExchange({ headers, target: sent }: HttpRequest, { clock, mapper }: ExchangeTools): Exchange {
  const target = parseTarget(sent);
  return new Exchange({
    trace: readTrace(headers),
    target,
    mapped: mapper.begin({ path: target.path, read: (name) => headers[name] }),
    startedAtMs: clock.monotonicMs(),
  });
}

function readTrace(headers: HttpHeaders): TraceContext {
  const state = headers['tracestate'];
  const usable = state !== undefined && state.length <= maxTraceStateLength ? state : undefined;
  const parent = parseTraceparent(headers['traceparent'], usable);
  if (parent !== undefined) return childTrace(parent);
  const traceId = headers['x-trace-id'];
  return traceId !== undefined && traceIdShape.test(traceId) ? { ...newTrace(), traceId } : newTrace();
}

/** What we send as `X-Trace-ID` is taken back as such; anything else starts a trace of its own. */
const traceIdShape = /^(?!0+$)[0-9a-f]{32}$/;

/** Runs something, for example writing a log line, as part of the trace of a request. */
export function inTrace<T>({ trace, mapped: { baggage } }: Exchange, run: () => T): T {
  return runInContextAlone({ trace, identity: anonymousIdentity, baggage }, run);
}
