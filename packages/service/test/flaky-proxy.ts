import type { AddressInfo } from 'node:net';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy to one address that can be cut and mended, at the same port. */
export async function startProxy(target: { readonly host: string; readonly port: number }, port = 0) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((inner) => {
    const outer = createConnection(target);
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      // Either end may be cut at any time; closing the other is all there is to do.
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    inner.on('close', () => outer.destroy());
    outer.on('close', () => inner.destroy());
    inner.pipe(outer).pipe(inner);
  });
  const listen = (at: number): Promise<void> => new Promise((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(port);
  const bound = (server.address() as AddressInfo).port;
  const cut = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    port: bound,
    cut,
    mend: () => listen(bound),
    async [Symbol.asyncDispose]() {
      if (server.listening) await cut();
    },
  };
}
