import { IncomingBody } from '../body/incoming-body.ts';
import { Exchange, type ExchangeHost } from '../exchange.ts';
import type { HeadReader } from '../head/head-reader.ts';
import { underHost } from '../head/header-block.ts';

/**
 * Makes the request whose head was read last.
 *
 * @param onRoom - for its body.
 */
export function readRequest({ line, block }: HeadReader, host: ExchangeHost, onRoom: () => void): Exchange {
  const { method, target, authority } = line;
  const isModern = line.minorVersion === 1;
  const hasBody = method !== 'CONNECT' && (block.isChunked || (block.contentLength ?? 0) > 0);
  const isWebSocket = method === 'GET' && isModern && block.isForWebSocket && block.saysUpgrade && !hasBody;
  const head = {
    method,
    target,
    version: isModern ? ('1.1' as const) : ('1.0' as const),
    headers: authority === undefined ? block.headers : underHost(block.headers, authority),
    // What follows a handshake or a CONNECT is no HTTP, also when it was refused.
    isPersistent: !isWebSocket && method !== 'CONNECT' && !block.saysClose && (isModern || block.saysKeepAlive),
    expectsContinue: isModern && block.expectsContinue,
    isWebSocket,
  };
  return new Exchange(host, head, hasBody ? new IncomingBody(block.contentLength, onRoom) : undefined);
}
