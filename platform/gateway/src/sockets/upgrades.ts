import { type IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PlatformError } from '@mainstay/kernel';
import { type WebSocket, WebSocketServer } from 'ws';
import { gatewayReasons } from '../errors.ts';
import type { GatewayRequest } from '../http/gateway-request.ts';
import { runningAnswer } from '../http/running-answer.ts';
import type { Route } from '../routes/compile-routes.ts';

/** Requests that ask for a WebSocket. */
export interface Upgrades {
  /** Whether a request asks for one; others with an `Upgrade` header are answered as if they had none. */
  isAsked(request: GatewayRequest): boolean;
  /**
   * Answers the handshake; the connection is a WebSocket from then on. Undefined when the client broke it off.
   *
   * It is paused, so that no frame comes before somebody listens: resume it then.
   *
   * @throws {@link PlatformError} `invalid_argument` / `WEBSOCKET_HANDSHAKE_INVALID` for headers that are none of a handshake.
   */
  accept(request: GatewayRequest): Promise<WebSocket | undefined>;
}

/** The subprotocol of our frames; the answer names it when the client offers it. */
const subprotocol = 'mainstay.v1';
/** A browser cannot set headers of a handshake, so it offers its token as a subprotocol that is never answered. */
const bearerPrefix = 'bearer.';

/**
 * Lets an HTTP server take WebSockets: a handshake goes the way of any request, and is answered at the end of it.
 *
 * So it passes limits, identity and access like any other, and a refusal is a problem document.
 *
 * @param serve - what answers requests.
 */
export function takeUpgrades(
  http: Server,
  { serve, maxFrameBytes }: { readonly serve: RequestListener; readonly maxFrameBytes: number },
): Upgrades {
  const asked = new WeakMap<IncomingMessage, { readonly socket: Duplex; readonly head: Buffer }>();
  const refusals = new WeakMap<IncomingMessage, (error: Error) => void>();
  const traceIds = new WeakMap<IncomingMessage, string>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxFrameBytes,
    // Compression keeps a window for each connection and lets guesses about secrets be measured.
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  server.on('headers', (lines, request) => {
    const traceId = traceIds.get(request);
    if (traceId !== undefined) lines.push(`X-Trace-ID: ${traceId}`);
  });
  server.on('wsClientError', (error, _socket, request) => refusals.get(request)?.(error));
  const route = (request: IncomingMessage, socket: Socket): void => {
    socket.on('error', () => socket.destroy());
    const before = runningAnswer(socket);
    if (before !== undefined && !before.writableFinished) {
      // Two answers at once would be mixed, and what follows a handshake belongs to no request.
      before.once('close', () => socket.destroy());
      return;
    }
    const response = new ServerResponse(request);
    // The parser has let go of the connection, so nothing can follow a refusal.
    response.shouldKeepAlive = false;
    // Nobody reads the connection any more, so the end of the client would never be seen.
    response.once('finish', () => socket.destroySoon());
    response.assignSocket(socket);
    serve(request, response);
  };
  http.on('upgrade', (request, socket, head) => {
    asked.set(request, { socket, head });
    const token = bearerOf(request);
    if (token !== undefined) request.headers.authorization ??= token;
    route(request, socket as Socket);
  });
  // No route has this method, and Node would close the connection without a word.
  http.on('connect', (request, socket) => route(request, socket as Socket));
  return {
    isAsked: ({ raw }) => asked.has(raw),
    accept(request) {
      traceIds.set(request.raw, request.exchange?.trace.traceId ?? '');
      const { socket, head } = asked.get(request.raw) as { socket: Duplex; head: Buffer };
      return new Promise((resolve, reject) => {
        socket.once('close', () => resolve(undefined));
        refusals.set(request.raw, ({ message }) =>
          reject(new PlatformError(gatewayReasons.WEBSOCKET_HANDSHAKE_INVALID, `the handshake is refused: ${message}`)),
        );
        server.handleUpgrade(request.raw, socket, head, (accepted) => {
          accepted.pause();
          resolve(accepted);
        });
      });
    },
  };
}

/** Node is told to hand over handshakes only, and no other wish for another protocol. */
export function isWebSocketHandshake({ headers, method }: IncomingMessage): boolean {
  return method === 'GET' && /^\s*websocket\s*$/i.test(headers.upgrade ?? '');
}

function bearerOf({ headers }: IncomingMessage): string | undefined {
  const offered = headers['sec-websocket-protocol']?.split(/\s*,\s*/) ?? [];
  const token = offered.find((name) => name.startsWith(bearerPrefix))?.slice(bearerPrefix.length);
  return token === undefined ? undefined : `Bearer ${token}`;
}

/**
 * Refuses what cannot be a WebSocket, and what can be nothing else.
 *
 * @throws {@link PlatformError} `UPGRADE_REQUIRED` for a plain request where clients send many messages,
 * `WEBSOCKET_UNSUPPORTED` where there is one answer or bytes, `ORIGIN_REFUSED` from a page of another origin.
 */
export function checkUpgrade(
  { exchange, isRawResponse }: Route,
  { headers }: GatewayRequest,
  { isAsked, origins }: { readonly isAsked: boolean; readonly origins: ReadonlySet<string> },
): void {
  if (!isAsked) {
    if (exchange !== 'socket') return;
    throw new PlatformError(gatewayReasons.UPGRADE_REQUIRED, 'this path is a WebSocket; send a handshake');
  }
  if (exchange === 'unary' || exchange === 'upload' || isRawResponse) {
    throw new PlatformError(gatewayReasons.WEBSOCKET_UNSUPPORTED, 'this path is no WebSocket; send a plain request');
  }
  const { origin, host } = headers;
  if (origin === undefined || origins.has('*') || origins.has(origin)) return;
  if (origin.slice(origin.indexOf('://') + 3) === host) return;
  throw new PlatformError(gatewayReasons.ORIGIN_REFUSED, 'pages of this origin may not open a WebSocket here');
}
