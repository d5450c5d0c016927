import { type Clock, createPause, type Logger, optionError, silentLogger, systemClock } from '@mainstay/kernel';
import pg from 'pg';

/** How {@link startListener} is set up. */
export interface ListenerOptions {
  /** `postgres://role:password@host:port/database`. */
  readonly url: string;
  /** Shown as `application_name` on the server and in log lines. */
  readonly name: string;
  /** Default silent. */
  readonly logger?: Logger;
  /** Default the machine's. */
  readonly clock?: Clock;
}

/** Hears notifications of one database over a connection of its own; disposing closes it. */
export interface Listener extends AsyncDisposable {
  /**
   * Calls back with the payload of each notification; the returned function ends that.
   *
   * Each time a channel has begun to be listened to, at first and after the connection broke, its callbacks are called with
   * undefined: what was notified before was not heard.
   */
  on(channel: string, callback: (payload: string | undefined) => void): () => void;
  /** Resolves when the channels of all callbacks so far are listened to. */
  ready(): Promise<void>;
}

type Callback = (payload: string | undefined) => void;

const firstPauseMs = 100;
const longestPauseMs = 5_000;
const channelShape = /^[a-z][a-z0-9_]{0,62}$/;

/**
 * Listens to a database for as long as it is not disposed of, and connects again whenever the connection breaks.
 *
 * A notification is a hint that something changed, never the change itself: whoever acts on it also looks now and then.
 *
 * Cost: one connection, however many channels.
 *
 * @example
 * await using listener = startListener({ url, name: 'orders' });
 * listener.on('outbox', () => relay.wake());
 * @see https://www.postgresql.org/docs/18/sql-listen.html
 */
export function startListener(options: ListenerOptions): Listener {
  const { clock = systemClock, logger = silentLogger } = options;
  const callbacks = new Map<string, Set<Callback>>();
  const stop = new AbortController();
  const pause = createPause(clock, stop.signal);
  let client: pg.Client | undefined;
  let listening = Promise.withResolvers<void>();

  const listen = async (to: pg.Client, channels: Iterable<string>): Promise<void> => {
    for (const channel of channels) await to.query(`LISTEN "${channel}"`);
  };

  const mayHaveMissed = (channel: string): void => {
    for (const callback of callbacks.get(channel) ?? []) callback(undefined);
  };

  const connect = async (): Promise<pg.Client> => {
    const next = new pg.Client({ connectionString: options.url, application_name: options.name, keepAlive: true });
    next.on('error', (error) => logger.warn('listening connection lost', { database: options.name, error }));
    next.on('end', () => {
      if (client !== next) return;
      client = undefined;
      listening = Promise.withResolvers();
      pause.cut();
    });
    next.on('notification', ({ channel, payload }) => {
      for (const callback of callbacks.get(channel) ?? []) callback(payload);
    });
    await next.connect();
    await listen(next, callbacks.keys());
    return next;
  };

  const keepConnected = async (): Promise<void> => {
    let pauseMs = firstPauseMs;
    while (!stop.signal.aborted) {
      if (client !== undefined) {
        await pause.wait(longestPauseMs);
        continue;
      }
      try {
        client = await connect();
        listening.resolve();
        pauseMs = firstPauseMs;
        for (const channel of callbacks.keys()) mayHaveMissed(channel);
      } catch (error) {
        logger.warn('cannot listen to the database, trying again', { database: options.name, pauseMs, error });
        await pause.wait(pauseMs);
        pauseMs = Math.min(longestPauseMs, pauseMs * 2);
      }
    }
    await client?.end();
  };
  const ended = keepConnected();

  return {
    on(channel, callback) {
      if (!channelShape.test(channel)) throw optionError('listener.channel', channelShape.source, channel);
      const present = callbacks.get(channel);
      callbacks.set(channel, (present ?? new Set()).add(callback));
      if (present === undefined && client !== undefined) {
        // A failure breaks the connection, which is then made anew with all channels.
        const pending = Promise.withResolvers<void>();
        listening = pending;
        const begun = (): void => {
          pending.resolve();
          mayHaveMissed(channel);
        };
        listen(client, [channel]).then(begun, () => undefined);
      }
      return () => callbacks.get(channel)?.delete(callback);
    },
    ready: () => listening.promise,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}
