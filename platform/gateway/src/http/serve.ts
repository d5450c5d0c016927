import { callService, type ServiceCaller } from '../protection/call-service.ts';
import type { RequestTarget } from '../routes/path.ts';
import { decodeRequest } from '../transcode/decode-request.ts';
import type { AdmittedRequest } from './admitted-request.ts';
import type { Service } from './request-parts.ts';
import { sendMessage } from './send-message.ts';
import { callOf } from './service-call.ts';

/**
 * Carries out an admitted request with one answer: message from path, query and body, call, answer.
 *
 * Status: what the service asked for by `mainstay-http-status`, else what the contract says.
 */
export async function serve(caller: ServiceCaller, service: Service): Promise<void> {
  const { admitted, exchange, reply, body, contentType } = service;
  const { route, pathValues, preferWaitSeconds } = admitted;
  const { target } = exchange;
  const message = decodeRequest(route.shape, { pathValues, query: target.query, body, contentType });
  const answer = await callService(caller, {
    ...callOf(service),
    message,
    cacheKey: caller.protection.keepsAnswers ? sharedKey(admitted, target) : undefined,
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
