import type { Message } from '@bufbuild/protobuf';
import type { Clock } from '@mainstay/kernel';
import { callOf } from '../calls/service-call.ts';
import type { AdmittedRequest } from '../exchange/admitted-request.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Service } from '../exchange/request-parts.ts';
import { encodeAnswer } from '../masking/encode-answer.ts';
import type { Route } from '../routes/compile-routes.ts';
import { decodeRequest } from '../transcode/decode-request.ts';
import { mediaTypeOf, rawBodyOf } from '../transcode/http-body.ts';
import { openStream, type ServiceStream } from './open-stream.ts';
import type { StreamPlace } from './open-streams.ts';
import { pollWaitSeconds, servePoll } from './serve-poll.ts';
import { staysSilent } from './silence.ts';
import { formatFor, preferredType, type StreamFormat } from './stream-format.ts';
import { endOf, enterPlace, type StreamTools } from './stream-tools.ts';

/**
 * Carries out a request whose answer is a stream, as server-sent events, lines of JSON, bytes, or one answer to a poll.
 *
 * A failure before the first answer, or in the first moments, is a problem document with its status; later it is the last
 * thing in the body. The service is asked for the next answer when the client has taken those before.
 */
export async function serveStream(tools: StreamTools, service: Service): Promise<void> {
  const { admitted, exchange, request, reply, contentType } = service;
  const { route, pathValues } = admitted;
  const message = decodeRequest(route.shape, {
    pathValues,
    query: exchange.target.query,
    body: request.body,
    contentType,
  });
  const resumeAfter = request.headers['last-event-id'];
  if (resumeAfter !== undefined && resumeAfter !== '') route.position?.resume(message, resumeAfter);
  const waitSeconds = pollWaitSeconds(service);
  if (waitSeconds !== undefined) return servePoll(tools, service, { message, waitSeconds });
  const format = formatFor(preferredType(request.headers['accept']));
  if (request.method === 'HEAD') {
    reply.header('content-type', route.isRawResponse ? 'application/octet-stream' : format.contentType).send();
    return;
  }

  const place = enterPlace(tools, service);
  const { heartbeatMs } = tools.streams.settings;
  const call = { ...callOf(service), cancellation: place.cancellation, input: message, settleMs: heartbeatMs };
  const begin = async (): Promise<readonly [ServiceStream, Message | undefined]> => {
    const opened = await openStream(tools.caller, call);
    return [opened, route.isRawResponse ? await opened.next() : undefined];
  };
  const [stream, first] = await begin().catch((error: unknown) => {
    throw endOf(place, error);
  });
  reply.code(route.policy.successStatus);
  if (route.isRawResponse) {
    reply.header(
      'content-type',
      first === undefined ? 'application/octet-stream' : mediaTypeOf(rawBodyOf(first, route.responseField)),
    );
    reply.stream(bytes(stream, first, route));
    return;
  }
  // Proxies that collect an answer before they send it must not.
  reply.headers({ 'content-type': format.contentType, 'x-accel-buffering': 'no' });
  const { clock } = tools.caller;
  reply.stream(frames(stream, { ...tools, place, admitted, exchange, format, clock }));
}

interface FrameTools extends StreamTools {
  readonly place: StreamPlace;
  readonly admitted: AdmittedRequest;
  readonly exchange: Exchange;
  readonly format: StreamFormat;
  readonly clock: Clock;
}

async function* frames(stream: ServiceStream, tools: FrameTools): AsyncGenerator<string> {
  const { format, admitted, clock, streams, caller } = tools;
  try {
    if (format.begin !== '') yield format.begin;
    for (;;) {
      const next = stream.next();
      while (await staysSilent(next, clock, streams.settings.heartbeatMs)) yield format.heartbeat;
      const message = await next;
      if (message === undefined) break;
      const view = await caller.clearReads.viewOf(tools, message);
      yield format.message(encodeAnswer(view, message), admitted.route.position?.after(message));
    }
    if (format.end !== '') yield format.end;
  } catch (error) {
    yield format.problem(JSON.stringify(tools.describe(endOf(tools.place, error))));
  }
}

/** Bytes have no place for a problem: a failure cuts the answer off, which clients see by its missing end. */
async function* bytes(stream: ServiceStream, first: Message | undefined, route: Route): AsyncGenerator<Uint8Array> {
  for (let message = first; message !== undefined; message = await stream.next()) {
    const { data } = rawBodyOf(message, route.responseField);
    if (data.byteLength > 0) yield data;
  }
}
