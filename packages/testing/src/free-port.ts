import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/**
 * Finds a port of 127.0.0.1 that nobody uses at this moment, for a process that must be told its port beforehand.
 * It can be taken by another before that process listens: where the port may be 0, let the system choose instead.
 *
 * @example
 * const port = await freePort();
 * const url = `redis://127.0.0.1:${port}`;
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
