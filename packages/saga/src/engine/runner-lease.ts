import type { Clock, Logger, SqlExecutor } from '@mainstay/kernel';
import { giveUpLease, prolongLease } from '../store/runners.ts';

/** What a runner's lease works with. */
export interface RunnerLeaseOptions {
  readonly sql: SqlExecutor;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: string;
  readonly leaseMs: number;
  /** Called when the lease has ended: others may have taken the sagas. */
  readonly onLost: () => void;
  /** Called after the lease was prolonged. */
  readonly onProlonged: () => Promise<void>;
}

/**
 * The one lease that all sagas of a runner hang on, prolonged every third of its time.
 *
 * For others the server's clock says when it ends; the runner counts from before the statement that prolonged it, by its
 * monotonic clock, so it never believes in it for longer than others do. One that has ended may be taken again: what others took meanwhile has another epoch.
 */
export class RunnerLease {
  readonly #options: RunnerLeaseOptions;
  #endsAtMs = 0;
  #live = Promise.withResolvers<void>();
  #cancel: (() => void) | undefined;
  #isStopped = false;
  #beating: Promise<void> | undefined;

  constructor(options: RunnerLeaseOptions) {
    this.#options = options;
  }

  /** By the monotonic clock; 0 before it was taken for the first time. */
  get endsAtMs(): number {
    return this.#endsAtMs;
  }

  /** Resolves while the lease is held, at once in nearly all cases; rejects never. */
  async held(): Promise<void> {
    while (!this.#isStopped && this.#options.clock.monotonicMs() >= this.#endsAtMs) await this.#live.promise;
  }

  start(): void {
    this.#beat();
  }

  /** Gives the lease up; all sagas must have been given up before. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    this.#live.resolve();
    await this.#beating;
    const { sql, owner, logger } = this.#options;
    await giveUpLease(sql, owner).catch((error: unknown) => {
      // It ends by itself.
      logger.warn('could not give up the lease of the saga runner', { error });
    });
  }

  #beat(): void {
    const { clock, leaseMs } = this.#options;
    this.#beating = this.#renew().then((isProlonged) => {
      if (this.#isStopped) return;
      // An answer that came after the end of what it prolonged is no lease: once more, at once.
      if (isProlonged && clock.monotonicMs() >= this.#endsAtMs) this.#beat();
      else this.#cancel = clock.after(leaseMs / 3, () => this.#beat());
    });
  }

  async #renew(): Promise<boolean> {
    const { sql, clock, owner, leaseMs, logger, onLost, onProlonged } = this.#options;
    const startedAtMs = clock.monotonicMs();
    // Sagas that others may have taken are let go before anybody is told that this runner lives.
    if (this.#endsAtMs !== 0 && startedAtMs >= this.#endsAtMs) onLost();
    try {
      await prolongLease(sql, { owner, leaseMs });
      this.#endsAtMs = startedAtMs + leaseMs;
      if (clock.monotonicMs() < this.#endsAtMs) {
        this.#live.resolve();
        this.#live = Promise.withResolvers();
      }
      await onProlonged();
      return true;
    } catch (error) {
      logger.warn('could not prolong the lease of the saga runner', { error });
      if (clock.monotonicMs() >= this.#endsAtMs) onLost();
      return false;
    }
  }
}
