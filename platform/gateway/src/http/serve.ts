import type { Message } from '@bufbuild/protobuf';
import { callService } from '../protection/call-service.ts';
import type { ServiceCaller } from '../protection/service-caller.ts';
import type { RequestTarget } from '../routes/path.ts';
import { decodeRequest } from '../transcode/decode-request.ts';
import type { AdmittedRequest } from './admitted-request.ts';
import { wantedVersion } from './conditional.ts';
import { headerOf } from './exchange.ts';
import type { Service } from './request-parts.ts';
import { sendMessage } from './send-message.ts';
import { callOf } from './service-call.ts';

/**
 * Carries out an admitted request with one answer: message from path, query and body, call, answer.
 *
 * Status: what the service asked for by `mainstay-http-status`, else what the contract says.
 */
export async function serve(caller: ServiceCaller, service: Service): Promise<void> {
  const { admitted, exchange, request, reply, contentType } = service;
  const { route, pathValues, preferWaitSeconds } = admitted;
  const { target } = exchange;
  const message = decodeRequest(route.shape, { pathValues, query: target.query, body: request.body, contentType });
  if (route.policy.idempotency !== 'safe') setWantedVersion(service, message);
  const answer = await callService(caller, {
    ...callOf(service),
    message,
    cacheKey: caller.protection.keepsAnswers ? sharedKey(admitted, target) : undefined,
  });
  if (preferWaitSeconds !== undefined) reply.header('preference-applied', `wait=${preferWaitSeconds}`);
  reply.code(answer.httpStatus ?? route.policy.successStatus);
  const sending = sendMessage(service, answer.message);
  if (sending !== undefined) await sending;
}

/** A write that is meant for one version says so in the field that its contract has for it. */
function setWantedVersion({ admitted: { route }, request: { headers } }: Service, message: Message): void {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  const { inside, field } = route.version;
  const version = wantedVersion({ ifMatch: headerOf(ifMatch), ifNoneMatch: headerOf(ifNoneMatch) }, field);
  if (version === undefined || field === undefined) return;
  const holder = message as unknown as Record<string, Message | undefined>;
  const target = inside === undefined ? message : holder[inside.localName];
  if (target !== undefined) Object.assign(target, { [field.localName]: version });
}

/** What everybody gets the same answer to: public reads of callers nobody knows, by their path and query. */
function sharedKey({ route, identity }: AdmittedRequest, { path, query }: RequestTarget): string | undefined {
  const { access, idempotency } = route.policy;
  const isShared = access === 'public' && idempotency === 'safe' && identity.kind === 'anonymous';
  return isShared ? `${path}?${query}` : undefined;
}
