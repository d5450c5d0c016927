import { type IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PlatformError } from '@mainstay/kernel';
import { type WebSocket, WebSocketServer } from 'ws';
import { gatewayReasons } from '../errors.ts';
import type { GatewayRequest } from '../http/gateway-request.ts';
import type { Route } from '../routes/compile-routes.ts';

/** Requests that ask for a WebSocket. */
export interface Upgrades {
  /** Whether a request asks for one; others with an `Upgrade` header are answered as if they had none. */
  isAsked(request: GatewayRequest): boolean;
  /** Answers the handshake; the connection is a WebSocket from then on. Undefined when the handshake is not complete. */
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
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    asked.set(request, { socket, head });
    const response = new ServerResponse(request);
    // The parser has let go of the connection, so nothing can follow a refusal.
    response.shouldKeepAlive = false;
    response.once('finish', () => socket.end());
    response.assignSocket(socket as Parameters<typeof response.assignSocket>[0]);
    const token = bearerOf(request);
    if (token !== undefined) request.headers.authorization ??= token;
    serve(request, response);
  });
  return {
    isAsked: ({ raw }) => asked.has(raw),
    accept(request) {
      traceIds.set(request.raw, request.exchange?.trace.traceId ?? '');
      const { socket, head } = asked.get(request.raw) as { socket: Duplex; head: Buffer };
      return new Promise((resolve) => {
        // What `ws` refuses, it answers itself and closes the connection.
        socket.once('close', () => resolve(undefined));
        server.handleUpgrade(request.raw, socket, head, resolve);
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
