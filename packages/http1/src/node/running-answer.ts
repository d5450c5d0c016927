import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const answerOf = Symbol('mainstay.answer');

interface TrackedSocket extends Duplex {
  [answerOf]?: ServerResponse;
}

/**
 * Notes the answer that ends what a connection is busy with; kept at the connection itself, so nothing has to be forgotten.
 *
 * The connection is that of the request: an answer that waits for others before it on the connection has none yet.
 */
export function noteRunningAnswer(response: ServerResponse): void {
  (response.req.socket as TrackedSocket)[answerOf] = response;
}

/** The answer to the last request of a connection; undefined when there was none. */
export function runningAnswer(socket: Duplex): ServerResponse | undefined {
  return (socket as TrackedSocket)[answerOf];
}
