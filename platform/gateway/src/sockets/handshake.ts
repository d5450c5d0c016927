import type { HttpHeaders } from '@mainstay/http1';
import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';

/** The subprotocol of our frames; the answer names it when the client offers it. */
export const subprotocol = 'mainstay.v1';
/** A browser cannot set headers of a handshake, so it offers its token as a subprotocol that is never answered. */
const bearerPrefix = 'bearer.';
/** 16 bytes in base64. */
const keyShape = /^[+/0-9A-Za-z]{22}==$/;
const protocolShape = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Checks the headers of a handshake.
 *
 * @throws {@link PlatformError} `invalid_argument` / `WEBSOCKET_HANDSHAKE_INVALID`.
 * @see RFC 6455 section 4.2.1 - version 8 is the same on the wire.
 */
export function checkHandshake(headers: HttpHeaders): void {
  const { 'sec-websocket-key': key, 'sec-websocket-version': version } = headers;
  if (key === undefined || !keyShape.test(key)) throw invalid('Sec-WebSocket-Key is missing or is no key');
  if (version !== '13' && version !== '8') throw invalid('Sec-WebSocket-Version is not 13');
  const offered = offeredProtocols(headers);
  if (!offered.every((name) => protocolShape.test(name)) || new Set(offered).size < offered.length)
    throw invalid('Sec-WebSocket-Protocol is no list of names');
}

/** What a handshake says in `Authorization`, or as a browser does. */
export function bearerOf(headers: HttpHeaders): string | undefined {
  const token = offeredProtocols(headers).find((name) => name.startsWith(bearerPrefix));
  return token === undefined ? undefined : `Bearer ${token.slice(bearerPrefix.length)}`;
}

function offeredProtocols({ 'sec-websocket-protocol': names }: HttpHeaders): readonly string[] {
  return names?.split(/\s*,\s*/) ?? [];
}

function invalid(why: string): PlatformError {
  return new PlatformError(gatewayReasons.WEBSOCKET_HANDSHAKE_INVALID, `the handshake is refused: ${why}`);
}
