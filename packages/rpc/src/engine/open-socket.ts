import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../errors.ts';
import type { ClientEngineOptions } from './engine.ts';
import { alpnProtocol, contextOptions } from './tls/secure-context.ts';
import { checkServerName } from './tls/server-name.ts';
import type { ClientTls } from './tls.ts';

type Target = Pick<ClientEngineOptions, 'address' | 'connectTimeoutMs' | 'tls'>;

interface Place {
  readonly host: string;
  readonly port: number;
}

/**
 * Opens a socket to a peer; with `tls` one whose handshake is done, whose peer is the one that was meant, and that
 * speaks HTTP/2.
 *
 * @throws {@link PlatformError} `unavailable` / `PEER_UNREACHABLE` when there is none in time.
 */
export function openSocket({ address, connectTimeoutMs, tls }: Target): Promise<Socket> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = Number(address.slice(colon + 1));
  const unreachable = (why: string, cause?: unknown): PlatformError =>
    new PlatformError(rpcReasons.PEER_UNREACHABLE, `no connection to ${address}: ${why}`, { cause });
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65_535) {
    return Promise.reject(unreachable('the address is not host:port'));
  }
  return new Promise((resolve, reject) => {
    const socket = tls === undefined ? connect({ host, port, noDelay: true }) : secure(tls, { host, port });
    const fail = (error: PlatformError): void => {
      clearTimeout(limit);
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error): void => fail(unreachable(error.message, error));
    const limit = setTimeout(() => fail(unreachable(`none within ${connectTimeoutMs} ms`)), connectTimeoutMs);
    socket.on('error', onError);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if (tls !== undefined && (socket as TLSSocket).alpnProtocol !== alpnProtocol) {
        fail(unreachable('it does not speak HTTP/2 over TLS'));
        return;
      }
      clearTimeout(limit);
      // The connection listens from now on, in the same turn.
      queueMicrotask(() => socket.off('error', onError));
      resolve(socket);
    });
  });
}

function secure({ credentials, serverName }: ClientTls, { host, port }: Place): TLSSocket {
  const expected = serverName ?? host;
  const indicated = serverName === undefined || serverName.includes('://') ? host : serverName;
  const socket = connectTls({
    ...contextOptions(credentials.current()),
    host,
    port,
    ALPNProtocols: [alpnProtocol],
    checkServerIdentity: (_host, certificate) => checkServerName(expected, certificate),
    // Addresses are no names (RFC 6066 section 3).
    ...(isIP(indicated) === 0 && { servername: indicated }),
  });
  socket.setNoDelay(true);
  return socket;
}
