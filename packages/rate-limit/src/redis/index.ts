import { createClient } from '@redis/client';
import type { RedisPort, RedisScript } from '../distributed/redis-port.ts';

/** How a Redis is reached. */
export interface RedisOptions {
  /** `redis://user:password@host:port/database`, or `rediss://` over TLS. */
  readonly url: string;
  /** Told of what goes wrong with the connection; it is made again by itself. */
  readonly onError: (error: Error) => void;
}

/** A connection to a Redis; disposing closes it. */
export interface RedisConnection extends RedisPort, AsyncDisposable {}

const connectTimeoutMs = 1_000;
const longestPauseMs = 1_000;

/**
 * Connects to a Redis by `@redis/client`, which must be installed beside this package.
 *
 * Returns at once: what is asked before there is a connection is refused, and the connection is made again whenever it breaks.
 *
 * @throws {@link PlatformError} none; the client throws a `TypeError` for an address that is none.
 */
export function openRedis({ url, onError }: RedisOptions): RedisConnection {
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: (attempt) => Math.min(longestPauseMs, 50 * 2 ** Math.min(attempt, 10)),
    },
  });
  client.on('error', onError);
  const send = (command: string, script: RedisScript, rest: readonly string[]): Promise<unknown> =>
    client.sendCommand([command, command === 'EVAL' ? script.text : script.sha1, ...rest]);
  // Failures are told by the event above.
  client.connect().catch(() => undefined);
  return {
    async run(script, keys, args) {
      const rest = [String(keys.length), ...keys, ...args];
      try {
        return await send('EVALSHA', script, rest);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return await send('EVAL', script, rest);
      }
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}
