import type { AddressInfo, Server } from 'node:net';
import { PlatformError } from '@mainstay/kernel';
import { http1Reasons } from './errors.ts';

/**
 * Lets a server of sockets listen.
 *
 * @throws {@link PlatformError} `failed_precondition` / `PORT_UNAVAILABLE` when the address cannot be had.
 */
export async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onError = (cause: NodeJS.ErrnoException): void => {
    const { code = 'unknown error' } = cause;
    const why = code === 'EADDRINUSE' ? 'another process listens on it' : code;
    reject(
      new PlatformError(http1Reasons.PORT_UNAVAILABLE, `port ${host}:${port} cannot be opened: ${why}`, { cause }),
    );
  };
  server.once('error', onError);
  server.listen({ host, port }, resolve);
  await promise;
  server.off('error', onError);
  return server.address() as AddressInfo;
}
