import type { Message } from '@bufbuild/protobuf';
import type { Degradation } from '@mainstay/resilience';
import { type AnswerCachePolicy, formatDegradation, rpcHeaders } from '@mainstay/rpc';
import { sendMessage } from '../answers/send-message.ts';
import { answerKey } from '../cache/answer-key.ts';
import type { KeptAnswers } from '../cache/kept-answers.ts';
import { callService } from '../calls/call-service.ts';
import { callOf } from '../calls/service-call.ts';
import type { ServiceCaller } from '../calls/service-caller.ts';
import type { Service } from '../exchange/request-parts.ts';
import type { UnaryServiceCall } from '../protection/prepare-call.ts';
import type { ServiceAnswer } from '../protection/service-answer.ts';
import { wantedVersion } from '../routes/conditional.ts';
import { decodeRequest } from '../transcode/decode-request.ts';

/**
 * Carries out an admitted request with one answer: message from path, query and body, call, answer.
 *
 * Status: what the service asked for by `mainstay-http-status`, else what the contract says.
 */
export function serve(caller: ServiceCaller, service: Service): Promise<void> {
  const { admitted, exchange, request, contentType } = service;
  const { route, pathValues } = admitted;
  const { target } = exchange;
  const message = decodeRequest(route.shape, { pathValues, query: target.query, body: request.body, contentType });
  if (route.policy.idempotency !== 'safe') setWantedVersion(service, message);
  return answerTo(caller, service, message).then((answer) => send(caller, service, answer));
}

function send(caller: ServiceCaller, service: Service, answer: ServiceAnswer): Promise<void> | undefined {
  const { admitted, reply } = service;
  const { route, preferWaitSeconds } = admitted;
  const { httpStatus, message } = answer;
  if (preferWaitSeconds !== undefined) reply.header('preference-applied', `wait=${preferWaitSeconds}`);
  reply.code(httpStatus ?? route.policy.successStatus);
  const view = caller.clearReads.viewOf(service, message);
  if (view === admitted) return sendMessage(service, message);
  return Promise.resolve(view).then((seen) => sendMessage({ ...service, admitted: seen }, message));
}

/** A write that is meant for one version says so in the field that its contract has for it. */
function setWantedVersion({ admitted: { route }, request: { headers } }: Service, message: Message): void {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  const { inside, field } = route.version;
  const version = wantedVersion({ ifMatch: ifMatch, ifNoneMatch: ifNoneMatch }, field);
  if (version === undefined || field === undefined) return;
  const holder = message as unknown as Record<string, Message | undefined>;
  const target = inside === undefined ? message : holder[inside.localName];
  if (target !== undefined) Object.assign(target, { [field.localName]: version });
}

/** Asks the service, or gives again what it said before where the contract allows that. */
function answerTo(caller: ServiceCaller, service: Service, message: Message): Promise<ServiceAnswer> {
  const { cache } = service.admitted.route;
  const call = { ...callOf(service), message };
  if (cache === undefined || caller.answers === undefined) return callService(caller, call);
  return keptAnswerTo(caller, service, { call, cache, answers: caller.answers });
}

async function keptAnswerTo(
  caller: ServiceCaller,
  { admitted, exchange, reply }: Service,
  asking: { readonly call: UnaryServiceCall; readonly cache: AnswerCachePolicy; readonly answers: KeptAnswers },
): Promise<ServiceAnswer> {
  const { call, cache, answers } = asking;
  const asked = {
    service: admitted.route.serviceName,
    key: answerKey(admitted, exchange.target),
    // Others would be cut off by the deadline of the first.
    policy: admitted.dueAtMs === undefined ? cache : { ...cache, isCoalesced: false },
    cancellation: exchange.cancellation,
    onDegraded: (degradation: Degradation) => void reply.header(rpcHeaders.degraded, formatDegradation(degradation)),
  };
  const answer = await answers.give(asked, (cancellation) => callService(caller, { ...call, cancellation }));
  if (answer.ageMs !== undefined) reply.header('age', String(Math.round(answer.ageMs / 1_000)));
  if (answer.degraded !== undefined) reply.header(rpcHeaders.degraded, answer.degraded);
  return answer;
}
