import type { EngineServer } from './engine.ts';
import type { SocketServer } from './socket-server.ts';

/** A connection of a server. */
export interface ServedConnection {
  /** Tells the peer to go elsewhere; running calls go on. */
  drain(): void;
  /** Ends it at once, with everything on it. */
  cut(why: string): void;
}

/** A listening server over the connections it has at a time. */
export function engineServer(server: SocketServer, connections: ReadonlySet<ServedConnection>): EngineServer {
  const stopAccepting = (): Promise<void> => {
    const closed = server.close();
    for (const connection of connections) connection.drain();
    return closed;
  };
  return {
    address: server.address,
    stopAccepting: () => void stopAccepting(),
    async close(graceMs) {
      const closed = stopAccepting();
      const cutAll = (): void => {
        for (const connection of connections) connection.cut('the server was closed');
      };
      const limit = setTimeout(cutAll, graceMs);
      await closed;
      clearTimeout(limit);
    },
  };
}
