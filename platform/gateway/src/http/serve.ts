import type { Message } from '@bufbuild/protobuf';
import { formatDegradation, rpcHeaders } from '@mainstay/rpc';
import type { FastifyReply } from 'fastify';
import { callService, type ServiceCaller } from '../protection/call-service.ts';
import type { Route } from '../routes/compile-routes.ts';
import type { RequestTarget } from '../routes/path.ts';
import { decodeRequest } from '../transcode/decode-request.ts';
import { encodeResponse } from '../transcode/encode-response.ts';
import { mediaTypeOf, rawBodyOf } from '../transcode/http-body.ts';
import type { AdmittedRequest } from './admitted-request.ts';
import type { Exchange } from './exchange.ts';

/** The parts of a request that is carried out. */
export interface Service {
  readonly admitted: AdmittedRequest;
  readonly exchange: Exchange;
  /** Bytes of the body; undefined when there is none. */
  readonly body: Uint8Array | undefined;
  readonly contentType: string | undefined;
  readonly reply: FastifyReply;
}

/**
 * Carries out an admitted request: message from path, query and body, call, answer.
 *
 * Status: what the service asked for by `mainstay-http-status`, else what the contract says.
 */
export async function serve(caller: ServiceCaller, { admitted, exchange, reply, ...sent }: Service): Promise<void> {
  const { route, pathValues, preferWaitSeconds } = admitted;
  const { target, trace, signal, mapped } = exchange;
  const message = decodeRequest(route.shape, { pathValues, query: target.query, ...sent });
  const onHeader = (header: Headers): void => {
    exchange.answered = header;
    const degraded = header.get(rpcHeaders.degraded);
    if (degraded !== null) void reply.header(rpcHeaders.degraded, degraded);
  };
  const { baggage } = mapped;
  const answer = await callService(caller, {
    admitted,
    message,
    trace,
    baggage,
    signal,
    onHeader,
    client: exchange.client?.id ?? '',
    cacheKey: caller.protection.keepsAnswers ? sharedKey(admitted, target) : undefined,
    onDegraded: (degradation) => void reply.header(rpcHeaders.degraded, formatDegradation(degradation)),
  });
  if (preferWaitSeconds !== undefined) reply.header('preference-applied', `wait=${preferWaitSeconds}`);
  reply.code(answer.httpStatus ?? route.policy.successStatus);
  sendMessage(route, answer.message, reply);
}

/** What everybody gets the same answer to: public reads of callers nobody knows, by their path and query. */
function sharedKey({ route, identity }: AdmittedRequest, { path, query }: RequestTarget): string | undefined {
  const { access, idempotency } = route.policy;
  const isShared = access === 'public' && idempotency === 'safe' && identity.kind === 'anonymous';
  return isShared ? `${path}?${query}` : undefined;
}

function sendMessage(route: Route, message: Message, reply: FastifyReply): void {
  const location = route.location?.(message);
  if (location !== undefined) reply.header('location', location);
  if (reply.statusCode === 204 || reply.statusCode === 205) {
    void reply.send();
    return;
  }
  if (route.isRawResponse) {
    const body = rawBodyOf(message, route.responseField);
    void reply.header('content-type', mediaTypeOf(body)).send(Buffer.from(body.data));
    return;
  }
  const json = encodeResponse(route.method.output, message, route.responseField);
  void reply.header('content-type', 'application/json; charset=utf-8').send(json);
}
