import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const answerOf = Symbol('mainstay.answer');

interface TrackedSocket extends Duplex {
  [answerOf]?: ServerResponse;
}

/** Notes which answer a connection is busy with; kept at the connection itself, so nothing has to be forgotten. */
export function noteRunningAnswer(response: ServerResponse): void {
  const socket = response.socket as TrackedSocket | null;
  if (socket !== null) socket[answerOf] = response;
}

/** The last answer on a connection; undefined when there was none. */
export function runningAnswer(socket: Duplex): ServerResponse | undefined {
  return (socket as TrackedSocket)[answerOf];
}
