import { PlatformError } from '@mainstay/kernel';
import type { RawData, WebSocket } from 'ws';
import { gatewayReasons } from '../errors.ts';

/** Frames that wait for the service before the client is no longer read. */
const maxWaiting = 16;

/**
 * The text frames of a client, one after the other; an empty one, or the close of the connection, is the end.
 *
 * Back-pressure: when 16 frames wait for the service the connection is no longer read, until half of them are taken.
 *
 * @throws {@link PlatformError} `invalid_argument` / `FRAME_INVALID` for a binary frame, and for one after the end.
 */
export function framesOf(socket: WebSocket): AsyncIterableIterator<Uint8Array> {
  const waiting: Uint8Array[] = [];
  let failure: PlatformError | undefined;
  let isOver = false;
  let wake: () => void = () => undefined;

  const fail = (message: string): void => {
    failure ??= new PlatformError(gatewayReasons.FRAME_INVALID, message);
  };
  socket.on('message', (data: RawData, isBinary) => {
    const frame = data as Buffer;
    if (isBinary) fail('frames must be text');
    else if (isOver) fail('a frame came after the empty one, which is the last');
    else if (frame.byteLength === 0) isOver = true;
    else waiting.push(frame);
    if (waiting.length >= maxWaiting) socket.pause();
    wake();
  });
  socket.on('close', () => {
    isOver = true;
    wake();
  });

  async function* read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (failure !== undefined) throw failure;
      const frame = waiting.shift();
      if (frame !== undefined) {
        if (waiting.length === maxWaiting / 2) socket.resume();
        yield frame;
      } else if (isOver) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  return read();
}
