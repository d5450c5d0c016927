import {
  type HeldLease,
  isPlatformError,
  kernelReasons,
  type LeaseKeeper,
  PlatformError,
  silentMeter,
} from '@mainstay/kernel';
import { leaseReasons as reasons } from '../errors.ts';
import { createLeaseMetrics, type LeaseMetrics } from '../metrics.ts';
import { createLeaseStore, type LeaseStore } from '../store/lease-store.ts';
import { Holding } from './holding.ts';
import { type LeaseKeeperOptions, type ResolvedKeeperOptions, resolveKeeperOptions } from './keeper-options.ts';
import { Renewal } from './renewal.ts';

/** A {@link LeaseKeeper} whose leases are kept in PostgreSQL; disposing stops all its work and waits for it. */
export interface DatabaseLeaseKeeper extends LeaseKeeper, AsyncDisposable {
  /** Leases that this process holds now. */
  held(): readonly HeldLease[];
  /**
   * Gives a lease to another process: stops the work, then keeps the lease for that process alone, for `reservedMs`.
   *
   * @param heir - `owner` of the other keeper, which must be running the same name.
   * @returns false when this process did not hold the lease, or lost it before its work had ended.
   */
  handOver(name: string, heir: string): Promise<boolean>;
}

type Work = (lease: HeldLease) => Promise<void>;

/**
 * Makes the keeper of this process's leases.
 *
 * While a lease is another's, the keeper asks again every `retryMs`, or when that lease runs out. A lease it holds is prolonged every
 * `renewEveryMs`, all of them in one statement. When that fails, the work is told to stop `marginMs` before the lease could run out,
 * by this process's monotonic clock. A process that slept through its lease finds out at its first fenced write or renewal.
 *
 * Cost: one statement each `renewEveryMs` for all leases held, one each `retryMs` for every lease that is another's.
 *
 * @throws {@link PlatformError} `OPTION_INVALID` for an option out of range.
 * @example
 * const keeper = createLeaseKeeper({ database, owner: instanceId });
 * await keeper.run('outbox-relay', async (lease) => {
 *   while (!lease.signal.aborted) await relayBatch(lease.fence(database));
 * }, signal);
 */
export function createLeaseKeeper(options: LeaseKeeperOptions): DatabaseLeaseKeeper {
  const resolved = resolveKeeperOptions(options);
  const store = options.store ?? createLeaseStore(options.database);
  return new Keeper(resolved, store, createLeaseMetrics(options.meter ?? silentMeter));
}

class Keeper implements DatabaseLeaseKeeper {
  readonly #options: ResolvedKeeperOptions;
  readonly #store: LeaseStore;
  readonly #metrics: LeaseMetrics;
  readonly #held = new Set<Holding>();
  readonly #renewal: Renewal;
  readonly #stopped = new AbortController();
  readonly #runs = new Set<Promise<void>>();

  constructor(options: ResolvedKeeperOptions, store: LeaseStore, metrics: LeaseMetrics) {
    this.#options = options;
    this.#store = store;
    this.#metrics = metrics;
    this.#renewal = new Renewal({ options, store, held: this.#held });
  }

  async run(name: string, work: Work, signal: AbortSignal): Promise<void> {
    const running = this.#runUntil(name, work, AbortSignal.any([signal, this.#stopped.signal]));
    this.#runs.add(running);
    try {
      await running;
    } finally {
      this.#runs.delete(running);
    }
  }

  held(): readonly HeldLease[] {
    return [...this.#held].filter(({ isLost }) => !isLost);
  }

  async handOver(name: string, heir: string): Promise<boolean> {
    const holding = [...this.#held].find((one) => one.name === name && !one.isLost);
    if (holding === undefined) return false;
    holding.heir = heir;
    holding.stop(new PlatformError(reasons.LEASE_HANDED_OVER, `lease ${name} goes to ${heir}`));
    return await holding.givenUp;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort(new PlatformError(kernelReasons.CANCELED, `the keeper of ${this.#options.owner} stops`));
    await Promise.all(this.#runs);
  }

  async #runUntil(name: string, work: Work, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await this.#tryOnce(name, work, signal);
      await this.#pause(pauseMs, signal);
    }
  }

  /** @returns pause before the next try. */
  async #tryOnce(name: string, work: Work, signal: AbortSignal): Promise<number> {
    const { clock, logger, owner, ttlMs, marginMs, retryMs, random } = this.#options;
    const askedAtMs = clock.monotonicMs();
    const spreadRetryMs = retryMs * (0.75 + random() / 2);
    const answer = await this.#store.acquire(name, owner, ttlMs).catch((error: unknown) => {
      if (isPlatformError(error) && error.code === 'invalid_argument') throw error;
      logger.warn('could not ask for a lease', { lease: name, error });
      return undefined;
    });
    if (answer === undefined) return spreadRetryMs;
    if (answer.state === 'taken') return Math.min(spreadRetryMs, answer.expiresInMs + 1);

    const { epoch, idleMs } = answer;
    const holding = new Holding({
      name,
      epoch,
      clock,
      endsAtMs: askedAtMs + ttlMs - marginMs,
      onRefused: () => this.#metrics.refusedWrites.add(1, { lease: name }),
    });
    this.#metrics.acquired.add(1, { lease: name });
    if (idleMs !== undefined) this.#metrics.failover.record(idleMs / 1_000, { lease: name });
    logger.info('lease acquired', { lease: name, epoch, owner, idleMs });
    await this.#work(holding, work, signal);
    return spreadRetryMs;
  }

  async #work(holding: Holding, work: Work, signal: AbortSignal): Promise<void> {
    const labels = { lease: holding.name };
    const stop = (): void => holding.stop(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    this.#held.add(holding);
    this.#renewal.start();
    this.#metrics.held.set(1, labels);
    try {
      if (!holding.signal.aborted) await work(holding);
    } catch (error) {
      this.#logFailure(holding, error);
    } finally {
      signal.removeEventListener('abort', stop);
      this.#held.delete(holding);
      this.#renewal.stopIfIdle();
      this.#metrics.held.set(0, labels);
      if (holding.isLost) this.#metrics.lost.add(1, labels);
      holding.stop(new PlatformError(kernelReasons.CANCELED, `the work under lease ${holding.name} has ended`));
      holding.end(await this.#giveUp(holding));
    }
  }

  #logFailure(holding: Holding, error: unknown): void {
    const fields = { lease: holding.name, epoch: holding.epoch, error };
    if (!holding.signal.aborted) this.#options.logger.error('work under a lease failed; it is started again', fields);
    else if (error !== holding.signal.reason && !isPlatformError(error, reasons.LEASE_LOST)) {
      this.#options.logger.warn('work under a lease failed while it was stopping', fields);
    }
  }

  /** A lost lease is given up too: a renewal that arrived late may have prolonged it for nobody. */
  async #giveUp(holding: Holding): Promise<boolean> {
    const { logger, reservedMs } = this.#options;
    const fields = { lease: holding.name, epoch: holding.epoch, heir: holding.heir };
    try {
      const wasHeld =
        holding.heir === undefined || holding.isLost
          ? await this.#store.release(holding)
          : await this.#store.handOver(holding, holding.heir, reservedMs);
      logger.info('lease given up', { ...fields, wasHeld, lost: holding.isLost });
      return wasHeld && !holding.isLost;
    } catch (error) {
      // It runs out by itself; until then nobody works.
      logger.warn('could not give up a lease', { ...fields, error });
      return false;
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
