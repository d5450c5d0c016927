import type { Message } from '@bufbuild/protobuf';
import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { callOf } from '../calls/service-call.ts';
import { parsePreferWait } from '../exchange/prefer.ts';
import type { Service } from '../exchange/request-parts.ts';
import type { StreamPosition } from '../routes/position.ts';
import { gatherEvents } from './gather-events.ts';
import { openStream } from './open-stream.ts';
import { preferredType } from './stream-format.ts';
import { endOf, enterPlace, type StreamTools } from './stream-tools.ts';

/** Longest that one answer waits for an event, in seconds. */
const longestWaitSeconds = 30;
/** How long an answer that has an event waits for those that come with it, in milliseconds. */
const gatherMs = 5;

/** Asks for what comes next of a stream, once. */
interface Poll {
  readonly message: Message;
  readonly waitSeconds: number;
}

/**
 * How long a request wants to wait for one answer; undefined when it wants a stream.
 *
 * A poll is asked for by `Prefer: wait=n` with an `Accept` that prefers `application/json`, and there is none of streams that
 * cannot be taken up again. A wait of 0 is one second: nobody knows that there is nothing before the service was asked.
 */
export function pollWaitSeconds({ admitted: { route }, request: { headers } }: Service): number | undefined {
  if (route.position === undefined || route.isRawResponse) return undefined;
  if (preferredType(headers['accept']) !== 'application/json') return undefined;
  const asked = parsePreferWait(headers['prefer'], longestWaitSeconds);
  return asked === undefined ? undefined : Math.max(1, asked);
}

/**
 * Answers a poll, for clients that can hold neither server-sent events nor WebSockets.
 *
 * The answer leaves with the first event and those that come within a few milliseconds, or without one when the wait is over; it says
 * after which position to ask again. A failure before the first event is a problem document; one after it is left to the next poll.
 * While it waits it is an open stream like any other.
 */
export async function servePoll(tools: StreamTools, service: Service, poll: Poll): Promise<void> {
  const { admitted, request, reply } = service;
  const { message, waitSeconds } = poll;
  if (request.method === 'HEAD') {
    reply.header('content-type', contentType).send();
    return;
  }
  const { clock } = tools.caller;
  const endsAtMs = clock.monotonicMs() + waitSeconds * 1_000;
  const place = enterPlace(tools, service);
  const { cancellation } = place;
  const position = admitted.route.position as StreamPosition;
  try {
    const call = { ...callOf(service), cancellation, input: message, settleMs: waitSeconds * 1_000 };
    const stream = await openStream(tools.caller, call);
    const untilMs = Math.min(endsAtMs, clock.monotonicMs() + gatherMs);
    const { events, lastId = position.asked(message), ended } = await gatherEvents(stream, { tools, service, untilMs });
    const last = lastId === undefined ? '' : `"last_event_id":${JSON.stringify(lastId)},`;
    reply.headers({ 'content-type': contentType, 'preference-applied': `wait=${waitSeconds}` });
    reply.code(admitted.route.policy.successStatus).send(`{"events":[${events.join()}],${last}"ended":${ended}}`);
  } catch (error) {
    throw endOf(place, error);
  } finally {
    cancellation.cancel(new PlatformError(kernelReasons.CANCELED, 'the poll is over'));
  }
}

const contentType = 'application/json; charset=utf-8';
