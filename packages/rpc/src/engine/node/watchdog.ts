import { constants, type Http2Session, type Http2Stream } from 'node:http2';
import type { Clock } from '@mainstay/kernel';
import type { Fault } from '../faults/fault.ts';
import type { SessionLimits } from './limits.ts';

/** How often a connection is looked at; all its limits of time are kept to this much. */
const tickMs = 1_000;

/** What a watchdog must know of a connection and may do with it. */
export interface Watched {
  readonly session: Http2Session;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  /** Streams that are open now. */
  readonly streams: ReadonlySet<Http2Stream>;
  /** Counts what arrives. */
  readonly readCount: number;
  /** Bytes given to the socket so far. */
  readonly writtenBytes: number;
  /** Takes no new calls, and ends when the running ones have. */
  drain(): void;
  /** The peer broke a rule, or is gone: everything ends at once. */
  fail(fault: Fault): void;
}

/**
 * Keeps the limits of time that `node:http2` does not keep: one look a second instead of a timer for each.
 *
 * States of the handshake: nothing read → SETTINGS seen → ours acknowledged. Keepalive: quiet → asked → answered by
 * anything that is read.
 */
export class Watchdog {
  readonly #watched: Watched;
  readonly #openedAtMs: number;
  #cancel: () => void = () => undefined;
  #hasSettings = false;
  #hasAck = false;
  #readsSeen = -1;
  #readAtMs: number;
  #askedAtMs = 0;
  #writtenSeen = 0;
  #stalledSinceMs = 0;
  #idleSinceMs = 0;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#openedAtMs = watched.clock.monotonicMs();
    this.#readAtMs = this.#openedAtMs;
    watched.session.once('remoteSettings', () => {
      this.#hasSettings = true;
    });
    watched.session.once('localSettings', () => {
      this.#hasAck = true;
    });
    this.#schedule();
  }

  stop(): void {
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#watched.clock.after(tickMs, () => this.#tick());
  }

  #tick(): void {
    const watched = this.#watched;
    if (watched.session.destroyed) return;
    const nowMs = watched.clock.monotonicMs();
    const fault = this.#handshake(nowMs) ?? this.#writeStall(nowMs) ?? this.#silence(nowMs);
    if (fault !== undefined) {
      watched.fail(fault);
      return;
    }
    this.#age(nowMs);
    this.#schedule();
  }

  #handshake(nowMs: number): Fault | undefined {
    const { handshakeTimeoutMs } = this.#watched.limits;
    if ((this.#hasSettings && this.#hasAck) || nowMs - this.#openedAtMs < handshakeTimeoutMs) return undefined;
    const code = constants.NGHTTP2_SETTINGS_TIMEOUT;
    return this.#hasSettings
      ? connectionFault(
          'settings_ack_timeout',
          code,
          `our SETTINGS were not acknowledged within ${handshakeTimeoutMs} ms`,
        )
      : connectionFault('handshake_timeout', code, `no SETTINGS within ${handshakeTimeoutMs} ms`);
  }

  #writeStall(nowMs: number): Fault | undefined {
    const { streams, limits, writtenBytes } = this.#watched;
    const isStuck = writtenBytes === this.#writtenSeen && hasUnwritten(streams);
    this.#writtenSeen = writtenBytes;
    if (!isStuck) this.#stalledSinceMs = 0;
    else if (this.#stalledSinceMs === 0) this.#stalledSinceMs = nowMs;
    if (!isStuck || nowMs - this.#stalledSinceMs < limits.writeStallTimeoutMs) return undefined;
    const message = `the peer took nothing for ${limits.writeStallTimeoutMs} ms while messages waited for it`;
    return connectionFault('write_stall', constants.NGHTTP2_CANCEL, message);
  }

  #silence(nowMs: number): Fault | undefined {
    const { limits, streams, readCount, session } = this.#watched;
    if (readCount !== this.#readsSeen) this.#heard(nowMs);
    this.#readsSeen = readCount;
    if (limits.keepaliveMs === 0 || streams.size === 0) return undefined;
    if (this.#askedAtMs === 0) {
      if (nowMs - this.#readAtMs < limits.keepaliveMs) return undefined;
      this.#askedAtMs = nowMs;
      session.ping((error) => {
        if (error === null) this.#heard(this.#watched.clock.monotonicMs());
      });
      return undefined;
    }
    if (nowMs - this.#askedAtMs < limits.keepaliveTimeoutMs) return undefined;
    const message = `no sign of life within ${limits.keepaliveTimeoutMs} ms`;
    return connectionFault('keepalive_timeout', constants.NGHTTP2_CANCEL, message);
  }

  #heard(nowMs: number): void {
    this.#readAtMs = nowMs;
    this.#askedAtMs = 0;
  }

  #age(nowMs: number): void {
    const watched = this.#watched;
    const { idleTimeoutMs, maxAgeMs } = watched.limits;
    if (watched.streams.size > 0) this.#idleSinceMs = 0;
    else if (this.#idleSinceMs === 0) this.#idleSinceMs = nowMs;
    const isIdle = idleTimeoutMs > 0 && this.#idleSinceMs > 0 && nowMs - this.#idleSinceMs >= idleTimeoutMs;
    if (isIdle || (maxAgeMs > 0 && nowMs - this.#openedAtMs >= maxAgeMs)) watched.drain();
  }
}

function hasUnwritten(streams: ReadonlySet<Http2Stream>): boolean {
  for (const { writableLength } of streams) if (writableLength > 0) return true;
  return false;
}

function connectionFault(rule: Fault['rule'], code: number, message: string): Fault {
  return { rule, code, message, scope: 'connection' };
}
