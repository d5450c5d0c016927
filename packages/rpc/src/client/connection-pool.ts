import { discoveryReasons, type PoolPolicy } from '@mainstay/discovery';
import { PlatformError } from '@mainstay/kernel';
import type { ClientConnection, ClientEngine, ClientEngineOptions } from '../engine/engine.ts';

/** A connection that calls use. */
export interface PooledConnection {
  readonly connection: ClientConnection;
  /** Counts a call on it. */
  begin(): void;
  /** Counts its end. */
  end(): void;
}

/** Connections by address, kept until the address goes or they have carried enough calls. */
export interface ConnectionPool {
  /**
   * Gives the least busy connection to an address, a new one when that is allowed and needed.
   *
   * @throws {@link PlatformError} `unavailable` / `UPSTREAM_OVERFLOW` when there is none and no further one is allowed.
   */
  get(address: string): PooledConnection;
  /** Closes connections to all other addresses, once their calls are done. */
  retain(addresses: ReadonlySet<string>): void;
  close(): void;
}

interface Entry extends PooledConnection {
  readonly address: string;
  inFlight: number;
  served: number;
  isRetired: boolean;
}

/** As many calls at one time as servers allow on one connection as a rule; a further connection pays from there. */
const busyFrom = 100;
/** As many as our own servers allow; more do not wait for a connection that is only being opened. */
const fullFrom = 1_000;

/** Makes an empty pool. */
export function createConnectionPool(
  engine: ClientEngine,
  options: Omit<ClientEngineOptions, 'address' | 'connectTimeoutMs'> & { readonly limits: () => PoolPolicy },
): ConnectionPool {
  const { limits: limitsNow, ...settings } = options;
  const byAddress = new Map<string, Entry[]>();
  /** All that count against the limit, also those that only finish their calls. */
  const open = new Set<Entry>();

  const retire = (entry: Entry): void => {
    entry.isRetired = true;
    const entries = (byAddress.get(entry.address) ?? []).filter((other) => other !== entry);
    if (entries.length === 0) byAddress.delete(entry.address);
    else byAddress.set(entry.address, entries);
  };
  const close = (entry: Entry): void => {
    retire(entry);
    open.delete(entry);
    entry.connection.close();
  };

  const hasRoom = (limit: number): boolean => {
    if (limit === 0 || open.size < limit) return true;
    for (const entry of open) {
      if (entry.inFlight > 0) continue;
      close(entry);
      return true;
    }
    return false;
  };

  const connect = (address: string, { connectTimeoutMs }: PoolPolicy): Entry => {
    const connection = engine.connect({ ...settings, address, connectTimeoutMs });
    const entry: Entry = {
      address,
      connection,
      inFlight: 0,
      served: 0,
      isRetired: false,
      begin() {
        entry.inFlight++;
        entry.served++;
        const { maxRequestsPerConnection } = limitsNow();
        if (maxRequestsPerConnection > 0 && entry.served >= maxRequestsPerConnection) retire(entry);
      },
      end() {
        entry.inFlight--;
        if (entry.isRetired && entry.inFlight === 0 && open.has(entry)) close(entry);
      },
    };
    open.add(entry);
    byAddress.set(address, [...(byAddress.get(address) ?? []), entry]);
    return entry;
  };

  const choose = (address: string): Entry => {
    const limits = limitsNow();
    const entries = byAddress.get(address) ?? [];
    const best = entries.length < 2 ? entries[0] : entries.reduce((a, b) => (b.inFlight < a.inFlight ? b : a));
    if (best !== undefined && best.inFlight < busyFrom) return best;
    // Streams may be held for hours, and no other call may wait for their end.
    const isEnough = best !== undefined && entries.length >= limits.maxConnectionsPerEndpoint && !isFull(best);
    if (isEnough) return best;
    if (hasRoom(limits.maxConnections)) return connect(address, limits);
    if (best !== undefined) return best;
    const message = `no connection to ${address}: ${open.size} are busy, as many as pool.maxConnections allows`;
    throw new PlatformError(discoveryReasons.UPSTREAM_OVERFLOW, message);
  };

  return {
    get: choose,
    retain(addresses) {
      for (const entry of open) if (!addresses.has(entry.address)) close(entry);
    },
    close() {
      for (const entry of open) close(entry);
    },
  };
}

function isFull({ inFlight, connection }: Entry): boolean {
  return inFlight >= fullFrom || connection.isFull;
}
