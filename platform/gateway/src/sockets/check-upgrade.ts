import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';
import type { GatewayRequest } from '../exchange/gateway-request.ts';
import type { Route } from '../routes/compile-routes.ts';

/**
 * Refuses what cannot be a WebSocket, and what can be nothing else.
 *
 * @throws {@link PlatformError} `UPGRADE_REQUIRED` for a plain request where clients send many messages,
 * `WEBSOCKET_UNSUPPORTED` where there is one answer or bytes, `ORIGIN_REFUSED` from a page of another origin.
 */
export function checkUpgrade(
  { exchange, isRawResponse }: Route,
  { headers, raw }: GatewayRequest,
  origins: ReadonlySet<string>,
): void {
  if (!raw.isWebSocket) {
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
