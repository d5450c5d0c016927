import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { type Logger, optionError } from '@mainstay/kernel';
import type { ServerTls } from '../tls.ts';
import { alpnProtocol, contextOptions } from './secure-context.ts';

/** Longest time for a handshake unless told otherwise, in milliseconds: two ways around the world and a busy peer. */
const defaultHandshakeTimeoutMs = 5_000;

/** What a TLS server tells. */
export interface TlsServerEvents {
  /** A peer that speaks HTTP/2 and, when that is asked for, has proved who it is. */
  onConnection(socket: TLSSocket): void;
  /** A peer that did not get that far. */
  onRefused(peer: string, why: string): void;
  /** The authorities changed: whoever came by the old ones must come again. */
  onAuthoritiesChanged(): void;
}

/** A TLS server, not yet listening. */
export interface TlsServer {
  readonly server: Server;
  /** Ends the handshakes that run now. */
  readonly cutHandshakes: () => void;
}

/**
 * Makes a server for HTTP/2 over TLS.
 *
 * New credentials hold for all handshakes from then on, and running connections go on with the old ones. Credentials
 * that cannot be used leave the old ones in force, with a line in the log.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` when the first credentials cannot be used.
 */
export function createTlsServer(tls: ServerTls, events: TlsServerEvents, logger: Logger): TlsServer {
  const { requireClientCertificate = true, handshakeTimeoutMs = defaultHandshakeTimeoutMs } = tls;
  const server = createUsable({
    ...contextOptions(tls.credentials.current()),
    ALPNProtocols: [alpnProtocol],
    handshakeTimeout: handshakeTimeoutMs,
    noDelay: true,
    requestCert: requireClientCertificate,
    rejectUnauthorized: requireClientCertificate,
  });
  const shaking = new Map<string, Socket>();
  server.on('connection', (socket) => {
    const peer = peerOf(socket);
    shaking.set(peer, socket);
    socket.once('close', () => shaking.delete(peer));
  });
  server.on('secureConnection', (socket) => {
    shaking.delete(peerOf(socket));
    socket.disableRenegotiation();
    if (socket.alpnProtocol === alpnProtocol) {
      events.onConnection(socket);
      return;
    }
    events.onRefused(peerOf(socket), 'it did not ask for h2 by ALPN');
    socket.destroy();
  });
  server.on('tlsClientError', (error, socket) => {
    events.onRefused(peerOf(socket), whyRefused(error, socket));
    socket.destroy();
  });
  followChanges(server, tls, { events, logger });
  return {
    server,
    cutHandshakes() {
      for (const socket of shaking.values()) socket.destroy();
    },
  };
}

function createUsable(options: TlsOptions): Server {
  try {
    return createServer(options);
  } catch (error) {
    throw optionError('credentials', 'a certificate with its key and authorities, in PEM', String(error));
  }
}

/** Takes new credentials as long as the server listens. */
function followChanges(
  server: Server,
  { credentials }: ServerTls,
  { events, logger }: { readonly events: TlsServerEvents; readonly logger: Logger },
): void {
  let { authorities } = credentials.current();
  const take = (): void => {
    try {
      const next = credentials.current();
      server.setSecureContext(contextOptions(next));
      if (next.authorities === authorities) return;
      authorities = next.authorities;
      events.onAuthoritiesChanged();
    } catch (error) {
      logger.error('new credentials cannot be used, the old ones stay in force', { error: String(error) });
    }
  };
  server.once('listening', () => server.once('close', credentials.onChange(take)));
}

function whyRefused(error: Error & { readonly code?: string }, { authorizationError }: TLSSocket): string {
  return String(authorizationError ?? error.code ?? error.message);
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}
