import { type Logger, optionError, type PlatformError, silentLogger } from '@mainstay/kernel';
import type { Bell } from '@mainstay/postgres';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { busUnavailable } from './nats-failure.ts';

/** How a NATS is reached. */
export interface NatsOptions {
  /** `nats://user:password@host:port`, `nats://token@host:port`, or `tls://…`. Other members of its cluster are learned from it. */
  readonly url: string;
  /** Shown as the name of the connection on the server. */
  readonly name: string;
  /** Default silent. */
  readonly logger?: Logger;
}

/** A connection to a NATS with JetStream, which is made again whenever it breaks; disposing closes it. */
export interface NatsLink extends AsyncDisposable {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** Makes a bell that is heard in every process. */
  bell(channel: string): Bell;
  /**
   * Calls back with the payload of each ring; the returned function ends that.
   *
   * After the connection broke and came back it is called with undefined: some may have been missed.
   */
  onRing(channel: string, callback: (payload: string | undefined) => void): () => void;
  /** Asks and waits for the answer, but for none of a server that is gone: rejects while, and as soon as, the connection is broken. */
  answer<T>(ask: () => Promise<T>): Promise<T>;
}

const connectMs = 2_000;
const reconnectPauseMs = 200;

/**
 * Connects to a NATS.
 *
 * @throws {@link PlatformError} `unavailable` / `BUS_UNAVAILABLE` when it cannot be reached within 2 s or has no JetStream.
 * @example
 * await using link = await openNats({ url: 'nats://127.0.0.1:4222', name: 'orders' });
 * const bus = createNatsBus({ link });
 */
export async function openNats({ url, name, logger = silentLogger }: NatsOptions): Promise<NatsLink> {
  const connection = await connect({
    ...serverOf(url),
    name,
    timeout: connectMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectPauseMs,
    ignoreAuthErrorAbort: true,
  }).catch((error: unknown) => {
    throw busUnavailable('cannot be reached', error);
  });
  const jsm = await jetstreamManager(connection).catch(async (error: unknown) => {
    await connection.close();
    throw busUnavailable('has no JetStream', error);
  });
  const callbacks = new Set<() => void>();
  const asking = new Set<(error: PlatformError) => void>();
  let isLost = false;
  void tellStates(connection, {
    onDisconnect() {
      isLost = true;
      logger.warn('NATS is lost, connecting again');
      for (const reject of asking) reject(busUnavailable('is lost'));
    },
    onReconnect() {
      isLost = false;
      logger.info('NATS is reachable again');
      for (const callback of callbacks) callback();
    },
  });
  return {
    connection,
    jsm,
    js: jetstream(connection),
    bell: (channel) => ({
      ring(payload) {
        // A ring is a hint: whoever misses it looks by himself.
        if (!connection.isClosed()) connection.publish(channel, payload);
      },
    }),
    onRing(channel, callback) {
      const missed = (): void => callback(undefined);
      const subscription = connection.subscribe(channel, {
        callback: (error, message) => callback(error === null ? message.string() : undefined),
      });
      callbacks.add(missed);
      return () => {
        callbacks.delete(missed);
        subscription.unsubscribe();
      };
    },
    answer<T>(ask: () => Promise<T>) {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      // The client drops what it is given meanwhile.
      if (isLost) reject(busUnavailable('is lost'));
      else {
        asking.add(reject);
        ask()
          .then(resolve, reject)
          .finally(() => asking.delete(reject));
      }
      return promise;
    },
    async [Symbol.asyncDispose]() {
      await connection.close();
    },
  };
}

async function tellStates(
  connection: NatsConnection,
  { onDisconnect, onReconnect }: { readonly onDisconnect: () => void; readonly onReconnect: () => void },
): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === 'disconnect') onDisconnect();
    if (type === 'reconnect') onReconnect();
  }
}

function serverOf(url: string): Pick<NodeConnectionOptions, 'servers' | 'tls' | 'user' | 'pass' | 'token'> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['nats:', 'tls:'].includes(parsed.protocol)) {
    throw optionError('nats.url', 'an address with nats:// or tls://', '(not shown)');
  }
  const user = decodeURIComponent(parsed.username);
  const pass = decodeURIComponent(parsed.password);
  return {
    servers: `${parsed.hostname}:${parsed.port || 4222}`,
    ...(parsed.protocol === 'tls:' && { tls: {} }),
    ...(user !== '' && (pass === '' ? { token: user } : { user, pass })),
  };
}
