import type { Message } from '@bufbuild/protobuf';
import { codeNumber } from '@mainstay/kernel';
import type { WebSocket } from 'ws';
import { callOf } from '../calls/service-call.ts';
import type { Service } from '../exchange/request-parts.ts';
import { encodeAnswer } from '../masking/encode-answer.ts';
import { openStream } from '../streams/open-stream.ts';
import { endOf, type StreamTools } from '../streams/stream-tools.ts';
import { decodeRequest } from '../transcode/decode-request.ts';
import { framesOf } from './frames.ts';
import { keepAlive } from './keep-alive.ts';

/** A call that ended as it should. */
const normalClosure = 1_000;
/** Codes of our own begin here: the number of the gRPC code is added. */
const firstOwnCode = 4_000;

/**
 * Carries out a call over a WebSocket: a text frame of JSON for each message, both ways.
 *
 * Frames of the client are whole messages, in which fields of the path may say the same only; where the service takes one
 * message it comes from path and query, and frames are not expected. An answer is sent when the one before has left. A failure
 * is a last frame `{"@problem": …}`, then the close with 4000 + the gRPC code and the reason.
 *
 * @param connect - answers the handshake when there is a place for the stream; undefined when the client broke it off.
 */
export async function serveSocket(
  tools: StreamTools,
  service: Service,
  connect: () => Promise<WebSocket | undefined>,
): Promise<void> {
  const { admitted, exchange } = service;
  const { route, pathValues } = admitted;
  const { query } = exchange.target;
  const isTalk = route.exchange === 'socket';
  const single = isTalk ? undefined : decodeRequest(route.shape, { pathValues, query });
  const client = exchange.client?.id ?? '';
  using place = tools.streams.enter({ client, cancellation: exchange.cancellation, endsAtMs: admitted.endsAtMs });
  const socket = await connect();
  if (socket === undefined) return;
  exchange.isSocket = true;
  // Told of a frame that breaks the rules; `ws` closes the connection with the code for it.
  socket.on('error', () => undefined);
  const { clock } = tools.caller;
  const { heartbeatMs } = tools.streams.settings;
  using _alive = keepAlive(socket, clock, heartbeatMs);
  let badFrame: unknown;
  async function* messages(frames: AsyncIterable<Uint8Array>): AsyncGenerator<Message> {
    const shape = { ...route.shape, body: 'whole' as const };
    try {
      for await (const body of frames) yield decodeRequest(shape, { pathValues, query, body });
    } catch (error) {
      badFrame = error;
      throw error;
    }
  }
  try {
    const input = single ?? messages(framesOf(socket));
    socket.resume();
    const call = { ...callOf(service), cancellation: place.cancellation, input, settleMs: heartbeatMs };
    const stream = await openStream(tools.caller, call);
    for (let answer = await stream.next(); answer !== undefined; answer = await stream.next()) {
      await send(socket, encodeAnswer(await tools.caller.clearReads.viewOf(service, answer), answer));
    }
    socket.close(normalClosure);
  } catch (error) {
    const why = endOf(place, badFrame ?? error);
    socket.send(`{"@problem":${JSON.stringify(tools.describe(why))}}`);
    socket.close(firstOwnCode + codeNumber(why.code), why.reason);
  }
}

/** Resolves when a frame has left, or never will because the connection is over. */
function send(socket: WebSocket, frame: string): Promise<void> {
  return new Promise((resolve) => {
    socket.send(frame, () => resolve());
  });
}
