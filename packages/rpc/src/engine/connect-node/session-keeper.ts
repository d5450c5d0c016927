import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';

/** Keeps one HTTP/2 session to an address: opens it when it is needed, replaces it when it ends. */
export interface SessionKeeper {
  /** Origin that the session is for. */
  readonly authority: string;
  /**
   * Opens a stream, on a new session when there is none.
   *
   * @throws {@link PlatformError} `unavailable` / `PEER_UNREACHABLE` when no session can be opened.
   */
  request(header: OutgoingHttpHeaders): Promise<ClientHttp2Stream>;
  /** Closes the session when its last stream is done. */
  readonly close: () => void;
}

/** How a keeper is set up. */
export interface SessionKeeperOptions {
  readonly address: string;
  readonly connectTimeoutMs: number;
}

/** A peer is asked for a sign of life this often, so that one that vanished is noticed between calls. */
const pingIntervalMs = 20_000;
/** Time for that sign. */
const pingTimeoutMs = 5_000;
/** A session may end between being chosen and being used; a second one has no such excuse. */
const maxSessionsPerCall = 3;

/**
 * Makes a keeper; nothing is opened before the first request.
 *
 * Instead of the library's own manager, whose sessions have moments without an `error` listener, in which a hostile
 * peer ends the process. An idle session does not keep the process alive.
 */
export function createSessionKeeper(options: SessionKeeperOptions): SessionKeeper {
  const authority = `http://${options.address}`;
  const open = new Map<ClientHttp2Session, number>();
  let current: ClientHttp2Session | undefined;
  let opening: Promise<ClientHttp2Session> | undefined;
  let isClosed = false;

  const settle = (session: ClientHttp2Session): void => {
    if ((open.get(session) ?? 0) > 0) return;
    session.unref();
    if (isClosed || session !== current) session.destroy();
  };
  const retire = (session: ClientHttp2Session): void => {
    if (session === current) current = undefined;
  };

  const start = async (): Promise<ClientHttp2Session> => {
    const session = await openSession(authority, options);
    open.set(session, 0);
    current = session;
    const stopPinging = keepAlive(session);
    session.on('goaway', () => {
      retire(session);
      settle(session);
    });
    session.on('close', () => {
      stopPinging();
      retire(session);
      open.delete(session);
    });
    return session;
  };

  const usable = async (): Promise<ClientHttp2Session> => {
    if (current !== undefined && isUsable(current)) return current;
    opening ??= start().finally(() => {
      opening = undefined;
    });
    return opening;
  };

  const track = (session: ClientHttp2Session, stream: ClientHttp2Stream): void => {
    open.set(session, (open.get(session) ?? 0) + 1);
    session.ref();
    // The library listens from the next turn on; an error before that must not end the process.
    stream.on('error', ignore);
    stream.once('close', () => {
      if (!open.has(session)) return;
      open.set(session, (open.get(session) ?? 1) - 1);
      settle(session);
    });
  };

  return {
    authority,
    async request(header) {
      for (let sessions = 1; ; sessions++) {
        const session = await usable();
        try {
          const stream = session.request(header);
          track(session, stream);
          return stream;
        } catch (cause) {
          retire(session);
          if (sessions < maxSessionsPerCall) continue;
          throw new PlatformError(rpcReasons.PEER_UNREACHABLE, `${options.address} closes every connection`, { cause });
        }
      }
    },
    close() {
      isClosed = true;
      for (const session of open.keys()) settle(session);
    },
  };
}

function openSession(
  authority: string,
  { address, connectTimeoutMs }: SessionKeeperOptions,
): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(authority);
    const fail = (why: string, cause?: unknown): void => {
      clearTimeout(limit);
      reject(new PlatformError(rpcReasons.PEER_UNREACHABLE, `no connection to ${address}: ${why}`, { cause }));
      session.destroy();
    };
    const limit = setTimeout(() => fail(`none within ${connectTimeoutMs} ms`), connectTimeoutMs);
    // Stays for the life of the session: what an error means for calls, their streams tell.
    session.on('error', (error: Error) => fail(error.message, error));
    session.once('close', () => fail('closed'));
    session.once('connect', () => {
      clearTimeout(limit);
      resolve(session);
    });
  });
}

/** A session whose socket has ended is not closed before the next turn, and takes requests until then. */
function isUsable(session: ClientHttp2Session): boolean {
  return !session.closed && !session.destroyed && session.socket?.readyState === 'open';
}

function keepAlive(session: ClientHttp2Session): () => void {
  let limit: NodeJS.Timeout | undefined;
  const interval = setInterval(() => {
    if (session.closed || session.destroyed) return;
    limit = setTimeout(() => session.destroy(undefined, constants.NGHTTP2_CANCEL), pingTimeoutMs);
    limit.unref();
    // An error means that the session is ending anyway.
    session.ping(() => clearTimeout(limit));
  }, pingIntervalMs);
  interval.unref();
  return () => {
    clearInterval(interval);
    clearTimeout(limit);
  };
}

function ignore(): void {
  // Whoever reads the stream learns of the error from reading.
}
