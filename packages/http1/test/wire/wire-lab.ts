import { FakeClock } from '@mainstay/testing';
import type { HttpAnswer, HttpRequest, HttpServerOptions } from '../../src/http-server.ts';
import { AnswerTails } from '../../src/wire/answer/answer-tails.ts';
import { Connection } from '../../src/wire/connection/connection.ts';
import { MemorySocket } from './memory-socket.ts';

/** A request with its whole body, as a server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** What a server made of some bytes. */
export interface Outcome {
  readonly seen: readonly SeenRequest[];
  readonly text: string;
  readonly isEnded: boolean;
}

const wireOptions: Omit<HttpServerOptions, 'clock'> = {
  maxHeadBytes: 16_384,
  headTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveMs: 5_000,
  onFault: (fault, detail) => ({ head: { status: 400, fields: [] }, body: `${fault}: ${detail}` }),
  onRequest: () => undefined,
  onDefect(error) {
    throw error;
  },
};

/** Reads every request to its end and repeats it. */
function repeat(seen: SeenRequest[], request: HttpRequest, answer: HttpAnswer): void {
  const { method, target, version, headers } = request;
  answer.inviteBody();
  request.readBody(1_048_576).then(
    (bytes) => {
      const body = Buffer.from(bytes).toString('latin1');
      seen.push({ method, target, version, headers: { ...headers }, body });
      answer.send({ status: 200, fields: [] }, bytes);
    },
    () => answer.abort(),
  );
}

/** Lets everything that has been begun come to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets a connection of the wire engine have bytes in pieces. */
export async function playWire(pieces: readonly Buffer[], end = true): Promise<Outcome> {
  const seen: SeenRequest[] = [];
  const clock = new FakeClock();
  const onRequest = (request: HttpRequest, answer: HttpAnswer): void => repeat(seen, request, answer);
  const options: HttpServerOptions = { ...wireOptions, clock, onRequest };
  const socket = new MemorySocket();
  const server = { options, tails: new AnswerTails(clock, options.keepAliveMs), isQuiet: false };
  new Connection(socket, server, () => undefined);
  for (const piece of pieces) {
    socket.push(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await settle();
  if (end) {
    socket.push(null);
    await settle();
  }
  const outcome = { seen, text: socket.text, isEnded: socket.writableEnded };
  socket.destroy();
  return outcome;
}
