import type { ClientConnection, ClientEngine, ClientEngineOptions } from '../engine/engine.ts';

/** Connections by address, kept until the address goes. */
export interface ConnectionPool {
  get(address: string): ClientConnection;
  /** Closes connections to all other addresses, once their calls are done. */
  retain(addresses: ReadonlySet<string>): void;
  close(): void;
}

/** Makes an empty pool. */
export function createConnectionPool(
  engine: ClientEngine,
  options: Omit<ClientEngineOptions, 'address'>,
): ConnectionPool {
  const connections = new Map<string, ClientConnection>();
  const pool: ConnectionPool = {
    get(address) {
      const connection = connections.get(address) ?? engine.connect({ address, ...options });
      connections.set(address, connection);
      return connection;
    },
    retain(addresses) {
      for (const [address, connection] of connections) {
        if (addresses.has(address)) continue;
        connections.delete(address);
        connection.close();
      }
    },
    close: () => pool.retain(new Set()),
  };
  return pool;
}
