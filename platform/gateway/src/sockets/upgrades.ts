import type { IncomingMessage } from 'node:http';
import type { HttpHeaders } from '@mainstay/http1';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Reply } from '../exchange/reply.ts';
import { checkHandshake, subprotocol } from './handshake.ts';

/** Turns connections into WebSockets: a handshake goes the way of any request, and is answered at the end of it. */
export interface Upgrades {
  /**
   * Answers the handshake; the connection is a WebSocket from then on. Undefined when the client broke it off.
   *
   * It is paused, so that no frame comes before somebody listens: resume it then.
   *
   * @throws {@link PlatformError} `invalid_argument` / `WEBSOCKET_HANDSHAKE_INVALID` for headers that are none of a handshake.
   */
  accept(reply: Reply): Promise<WebSocket | undefined>;
}

/** What `ws` reads of a request, and what we write into its answer. */
interface Handshake {
  readonly method: string;
  readonly url: string;
  readonly headers: HttpHeaders;
  readonly traceId: string;
}

/** @param maxFrameBytes - largest message of a client. */
export function createUpgrades(maxFrameBytes: number): Upgrades {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxFrameBytes,
    // Compression keeps a window for each connection and lets guesses about secrets be measured.
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  server.on('headers', (lines, request) => {
    lines.push(`X-Trace-ID: ${(request as unknown as Handshake).traceId}`);
  });
  // Its headers are checked before, so that a refusal is a problem document.
  server.on('wsClientError', (_, socket) => socket.destroy());
  return {
    async accept(reply) {
      const { method, headers, raw, exchange } = reply.request;
      checkHandshake(headers);
      const { socket, head } = reply.answer.takeOver();
      reply.hijack();
      if (socket.closed) return undefined;
      const { promise, resolve } = Promise.withResolvers<WebSocket | undefined>();
      socket.once('close', () => {
        reply.onClose(false);
        resolve(undefined);
      });
      const handshake: Handshake = { method, url: raw.target, headers, traceId: exchange?.trace.traceId ?? '' };
      server.handleUpgrade(handshake as unknown as IncomingMessage, socket, head, (accepted) => {
        accepted.pause();
        resolve(accepted);
      });
      return promise;
    },
  };
}
