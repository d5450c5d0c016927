import type { LeaseStore } from '../store/lease-store.ts';
import type { Holding } from './holding.ts';
import type { ResolvedKeeperOptions } from './keeper-options.ts';

/** What the renewal works on. */
export interface RenewalOptions {
  readonly options: ResolvedKeeperOptions;
  readonly store: LeaseStore;
  readonly held: ReadonlySet<Holding>;
}

/**
 * Prolongs all leases of a process, every `renewEveryMs` while there are any, sooner after a failure.
 *
 * A renewal that hangs does not keep the next one from being sent: it may find another connection.
 */
export class Renewal {
  readonly #with: RenewalOptions;
  #cancel: (() => void) | undefined;

  constructor(options: RenewalOptions) {
    this.#with = options;
  }

  start(): void {
    if (this.#cancel === undefined) this.#arm(this.#with.options.renewEveryMs);
  }

  stopIfIdle(): void {
    if (this.#with.held.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(delayMs: number): void {
    const { clock, renewEveryMs } = this.#with.options;
    this.#cancel?.();
    this.#cancel = clock.after(delayMs, () => {
      this.#arm(renewEveryMs);
      void this.#renew();
    });
  }

  async #renew(): Promise<void> {
    const { options, store } = this.#with;
    const held = [...this.#with.held].filter(({ isLost }) => !isLost);
    if (held.length === 0) return;
    const endsAtMs = options.clock.monotonicMs() + options.ttlMs - options.marginMs;
    try {
      const { renewed, lost } = await store.renew(held, options.ttlMs);
      for (const holding of held) {
        if (renewed.has(holding.name)) holding.prolong(endsAtMs);
        else if (lost.has(holding.name)) holding.lose('the database has another epoch');
      }
    } catch (error) {
      // The leases run out by themselves when this goes on; each holding stops its work before.
      options.logger.warn('could not prolong leases', { leases: held.map(({ name }) => name), error });
      if (this.#cancel !== undefined) this.#arm(Math.min(options.retryMs, options.renewEveryMs));
    }
  }
}
