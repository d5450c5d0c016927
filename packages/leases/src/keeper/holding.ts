import { type Clock, type HeldLease, PlatformError, type SqlExecutor } from '@mainstay/kernel';
import { leaseReasons as reasons } from '../errors.ts';
import { withFence } from '../fence.ts';

/** What a holding needs beside its lease. */
export interface HoldingOptions {
  readonly name: string;
  readonly epoch: number;
  readonly clock: Clock;
  /** By the clock's monotonic reading: the work has to stop then, unless the lease was prolonged. */
  readonly endsAtMs: number;
  readonly onRefused: () => void;
}

/**
 * One lease in hand, from acquiring to giving up.
 *
 * `held` → `stopping` (the work was told to end; the lease is still prolonged until it has) → given up, or at any time → `lost`.
 */
export class Holding implements HeldLease {
  readonly name: string;
  readonly epoch: number;
  readonly signal: AbortSignal;
  /** Who shall have the lease next; undefined means anybody. */
  heir: string | undefined;
  readonly #options: HoldingOptions;
  readonly #controller = new AbortController();
  readonly #givenUp = Promise.withResolvers<boolean>();
  #endsAtMs: number;
  #isLost = false;
  #cancelExpiry = (): void => undefined;

  constructor(options: HoldingOptions) {
    this.name = options.name;
    this.epoch = options.epoch;
    this.signal = this.#controller.signal;
    this.#options = options;
    this.#endsAtMs = options.endsAtMs;
    this.#armExpiry();
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Settles when the lease was given up: true when the database confirmed that it was still held then. */
  get givenUp(): Promise<boolean> {
    return this.#givenUp.promise;
  }

  fence(sql: SqlExecutor): SqlExecutor {
    return withFence(sql, this, () => {
      this.#options.onRefused();
      this.lose('a write was refused because somebody else holds it');
    });
  }

  /** The database confirmed the lease at a moment after `endsAtMs` was computed, so this counts even when it comes late. */
  prolong(endsAtMs: number): void {
    if (this.#isLost || endsAtMs <= this.#endsAtMs) return;
    this.#endsAtMs = endsAtMs;
    this.#cancelExpiry();
    this.#armExpiry();
  }

  /** Tells the work to end; the lease is kept until it has. */
  stop(reason: unknown): void {
    this.#controller.abort(reason);
  }

  lose(why: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#cancelExpiry();
    this.#controller.abort(
      new PlatformError(reasons.LEASE_LOST, `lease ${this.name} of epoch ${this.epoch} is lost: ${why}`),
    );
  }

  /** The work has ended and the lease was given up. */
  end(wasHeld: boolean): void {
    this.#cancelExpiry();
    this.#givenUp.resolve(wasHeld);
  }

  #armExpiry(): void {
    const { clock } = this.#options;
    const leftMs = this.#endsAtMs - clock.monotonicMs();
    const lose = (): void => this.lose('it could not be prolonged in time');
    // An answer that took as long as the lease lasts: a timer would let the work begin first.
    if (leftMs <= 0) lose();
    else this.#cancelExpiry = clock.after(leftMs, lose);
  }
}
