import type { HttpServerOptions } from '../../http-server.ts';
import { lingerMs } from '../limits.ts';

/** What a connection is busy with, as far as time goes. */
export type Waiting = 'first' | 'next' | 'head' | 'body' | 'linger' | 'nothing';

/** What is to be done about a connection that has waited too long. */
export type Overdue = 'cut' | 'refuse' | undefined;

/**
 * When a connection has waited too long.
 *
 * Idle times are noticed by whoever looks once a second, so that requests need not ask the clock; they may last a second longer.
 */
export class TimeLimits {
  readonly #options: HttpServerOptions;
  #waiting: Waiting = 'nothing';
  #waitingSinceMs = 0;
  /** When the request that is arriving began; 0 when none is, or it came at once. */
  #requestSinceMs = 0;
  /** Whether a request has arrived since the last look. */
  #hasReceived = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  /** A part of a request is there, and the rest is not. */
  noteUnfinished(): void {
    if (this.#requestSinceMs === 0) this.#requestSinceMs = this.#options.clock.monotonicMs();
  }

  /** The request has arrived. */
  noteFinished(): void {
    this.#requestSinceMs = 0;
    this.#hasReceived = true;
  }

  check(waiting: Waiting, nowMs: number): Overdue {
    const { headTimeoutMs, requestTimeoutMs, keepAliveMs } = this.#options;
    // One that waits now may have been busy in between.
    if (waiting !== this.#waiting || this.#hasReceived) {
      this.#waiting = waiting;
      this.#hasReceived = false;
      this.#waitingSinceMs = nowMs;
    }
    const waitedMs = nowMs - this.#waitingSinceMs;
    const arrivingMs = nowMs - this.#requestSinceMs;
    switch (waiting) {
      case 'first':
        return waitedMs >= headTimeoutMs ? 'cut' : undefined;
      case 'next':
        return waitedMs >= keepAliveMs ? 'cut' : undefined;
      case 'head':
        return arrivingMs >= Math.min(headTimeoutMs, requestTimeoutMs) ? 'refuse' : undefined;
      case 'body':
        return arrivingMs >= requestTimeoutMs ? 'refuse' : undefined;
      case 'linger':
        return waitedMs >= lingerMs ? 'cut' : undefined;
      case 'nothing':
        return undefined;
    }
  }
}
