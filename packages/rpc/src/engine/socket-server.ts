import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { PlatformError, silentLogger } from '@mainstay/kernel';
import { rpcReasons } from '../errors.ts';
import type { ServerEngineOptions } from './engine.ts';
import { readPeerIdentity } from './tls/peer-identity.ts';
import { createTlsServer } from './tls/tls-server.ts';
import type { PeerIdentity } from './tls.ts';

/** What a server of sockets tells. */
export interface SocketServerEvents {
  /** A peer is there, its handshake done; who it is, is known when certificates are asked for. */
  onSocket(socket: Socket, peer: PeerIdentity | undefined): void;
  /** A peer whose TLS handshake failed, by its address. */
  onRefused(peer: string, why: string): void;
  /** The authorities changed: whoever came by the old ones must come again. */
  onAuthoritiesChanged(): void;
}

/** A server of sockets that listens. */
export interface SocketServer {
  /** `host:port` as bound. */
  readonly address: string;
  /** Takes no more sockets and cuts handshakes; resolves when all sockets are closed. */
  close(): Promise<void>;
}

type ListenOptions = Pick<ServerEngineOptions, 'host' | 'port' | 'tls' | 'logger'>;

/**
 * Listens for sockets, over TLS when that is asked for, in clear text otherwise.
 *
 * @throws {@link PlatformError} `failed_precondition` / `LISTEN_FAILED` when the address cannot be had;
 * `invalid_argument` / `OPTION_INVALID` when the credentials cannot be used.
 */
export async function listenForSockets(options: ListenOptions, events: SocketServerEvents): Promise<SocketServer> {
  const { server, cutHandshakes } = create(options, events);
  await bind(server, options);
  const { address, port, family } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    address: family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`,
    close() {
      closed ??= new Promise((resolve) => server.close(() => resolve()));
      cutHandshakes();
      return closed;
    },
  };
}

function create(
  options: ListenOptions,
  events: SocketServerEvents,
): { server: Server; readonly cutHandshakes: () => void } {
  const { tls, logger = silentLogger } = options;
  if (tls !== undefined) {
    const onConnection = (socket: TLSSocket): void => events.onSocket(socket, readPeerIdentity(socket));
    return createTlsServer(tls, { ...events, onConnection }, logger);
  }
  const server = createServer({ noDelay: true }, (socket) => events.onSocket(socket, undefined));
  return { server, cutHandshakes: () => undefined };
}

function bind(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void =>
      reject(
        new PlatformError(rpcReasons.LISTEN_FAILED, `cannot listen on ${host}:${port}: ${cause.message}`, { cause }),
      );
    server.once('error', onError);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}
