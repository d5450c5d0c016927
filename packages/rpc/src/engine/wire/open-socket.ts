import { connect, type Socket } from 'node:net';
import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import type { ClientEngineOptions } from '../engine.ts';

/**
 * Opens a socket to a peer.
 *
 * @throws {@link PlatformError} `unavailable` / `PEER_UNREACHABLE` when there is none in time.
 */
export function openSocket({ address, connectTimeoutMs }: ClientEngineOptions): Promise<Socket> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = Number(address.slice(colon + 1));
  const unreachable = (why: string, cause?: unknown): PlatformError =>
    new PlatformError(rpcReasons.PEER_UNREACHABLE, `no connection to ${address}: ${why}`, { cause });
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65_535) {
    return Promise.reject(unreachable('the address is not host:port'));
  }
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const fail = (error: PlatformError): void => {
      clearTimeout(limit);
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error): void => fail(unreachable(error.message, error));
    const limit = setTimeout(() => fail(unreachable(`none within ${connectTimeoutMs} ms`)), connectTimeoutMs);
    socket.on('error', onError);
    socket.once('connect', () => {
      clearTimeout(limit);
      // The connection listens from now on, in the same turn.
      queueMicrotask(() => socket.off('error', onError));
      resolve(socket);
    });
  });
}
