import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy that knows connections and nothing of what they carry, as a Kubernetes Service without a mesh. */
export interface L4Proxy extends AsyncDisposable {
  readonly address: string;
  /** Connections taken so far. */
  connections(): number;
}

/**
 * Starts a proxy that gives each new connection to the next target and passes bytes both ways.
 *
 * @param targets - `host:port` each.
 */
export async function startL4Proxy(targets: readonly string[]): Promise<L4Proxy> {
  const sockets = new Set<Socket>();
  let taken = 0;
  const server = createServer((client) => {
    const target = targets[taken % targets.length] as string;
    taken++;
    const colon = target.lastIndexOf(':');
    const onward = connect(Number(target.slice(colon + 1)), target.slice(0, colon));
    join(client, onward);
    for (const socket of [client, onward]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    connections: () => taken,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Each end that ends or breaks takes the other with it. */
function join(client: Socket, onward: Socket): void {
  for (const [from, to] of [
    [client, onward],
    [onward, client],
  ] as const) {
    from.setNoDelay(true);
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroySoon());
  }
}
