import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Finds a port of 127.0.0.1 that nobody uses at this moment; it may be taken before it is used, so the user tries again. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
