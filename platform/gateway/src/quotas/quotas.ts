import { type Clock, type Logger, PlatformError, toPlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';
import { type ClientQuota, newClientQuota, type QuotaDecision } from './client-quota.ts';
import type { QuotaAnswer, QuotaStore, QuotaWish } from './quota-store.ts';

/** How quotas are kept. */
export interface QuotaOptions {
  readonly store: QuotaStore;
  /** Calls recorded ahead at once; 1 records each call before it goes on. */
  readonly block: number;
  /** A statement that takes longer counts as lost, and requests do not wait for it any more; in milliseconds, default 500. */
  readonly timeoutMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Figures for the management port. */
export interface QuotaStats {
  readonly clients: number;
  /** Calls that were admitted and could not be recorded yet. */
  readonly unrecorded: number;
  readonly state: 'recording' | 'lost';
}

const defaultTimeoutMs = 500;
/** While the database is lost it is asked this often. */
const retryMs = 1_000;
/** Clients remembered; beyond it those without anything in hand are forgotten and asked for again. */
const maxClients = 100_000;

/**
 * Counts the calls of each client in a calendar month, exactly and over all replicas.
 *
 * A call is recorded in PostgreSQL before it is admitted, so the count is never below what was admitted, also after kill -9. All
 * calls that wait while one statement runs go into the next one. With a block above 1 calls are recorded ahead: a killed process
 * loses what was left of its block, one that ends gives it back. While the database is lost calls are admitted, and recorded
 * when it is back.
 */
export class Quotas implements AsyncDisposable {
  readonly #options: QuotaOptions;
  readonly #clients = new Map<string, ClientQuota>();
  /** Clients of which calls wait for the next statement. */
  #asking = new Set<ClientQuota>();
  #running: Promise<void> | undefined;
  /** Monotonic milliseconds until which nobody asks the database; 0 when it is not lost. */
  #lostUntilMs = 0;
  #unrecorded = 0;

  constructor(options: QuotaOptions) {
    this.#options = options;
  }

  /** Admits one call of a client, or tells when the next month begins. */
  take(client: string, quota: number): QuotaDecision | Promise<QuotaDecision> {
    const nowMs = this.#options.clock.monotonicMs();
    const kept = this.#of(client);
    const known = kept.takeKnown(quota, nowMs);
    if (known !== undefined) return known;
    if (this.#lostUntilMs > nowMs) return this.#admitUnrecorded(kept, quota);
    return new Promise((resolve) => {
      kept.wait(quota, resolve);
      this.#asking.add(kept);
      if (this.#running === undefined) setImmediate(() => this.#start());
    });
  }

  /** What a client has left, without taking anything; undefined while the record cannot be read. */
  async look(client: string, quota: number): Promise<QuotaDecision | undefined> {
    try {
      const { grants, monthEndsInMs } = await this.#inTime(this.#options.store.take([{ client, amount: 0, quota }]));
      const kept = this.#of(client);
      const ahead = kept.ahead(this.#options.clock.monotonicMs());
      const used = (grants[0]?.used ?? 0) - ahead + kept.unrecorded;
      return { allowed: used < quota, quota, remaining: Math.max(0, quota - used), resetInMs: monthEndsInMs };
    } catch (error) {
      this.#options.logger.debug('the quota of a client cannot be read', { error: toPlatformError(error) });
      return undefined;
    }
  }

  stats(): QuotaStats {
    const state = this.#lostUntilMs === 0 ? 'recording' : 'lost';
    return { clients: this.#clients.size, unrecorded: this.#unrecorded, state };
  }

  /** Records what could not be, and gives back what was recorded ahead. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
    const rest: QuotaWish[] = [];
    for (const kept of sorted(this.#clients.values())) {
      const amount = kept.unrecorded - kept.ahead(this.#options.clock.monotonicMs());
      if (amount !== 0) rest.push({ client: kept.client, amount, quota: kept.quota });
    }
    await this.#options.store.add(rest).catch((error: unknown) => this.#noteLost(error));
  }

  #of(client: string): ClientQuota {
    let kept = this.#clients.get(client);
    if (kept === undefined) {
      if (this.#clients.size >= maxClients) this.#forgetIdle();
      kept = newClientQuota(client);
      this.#clients.set(client, kept);
    }
    return kept;
  }

  #start(): void {
    if (this.#running !== undefined) return;
    this.#running = this.#record().finally(() => {
      this.#running = undefined;
      if (this.#asking.size > 0) this.#start();
    });
  }

  /** Asks for all that wait, in one statement. */
  async #record(): Promise<void> {
    const { store, block } = this.#options;
    const asking = sorted(this.#asking);
    this.#asking = new Set();
    const wishes = asking.map((kept) => kept.ask(block));
    try {
      await this.#settleUnrecorded();
      const answer = await this.#inTime(store.take(wishes));
      this.#lostUntilMs = 0;
      this.#answer(asking, answer);
    } catch (error) {
      this.#noteLost(error);
      for (const kept of asking) {
        for (const resolve of kept.takeAsked()) resolve(this.#admitUnrecorded(kept, kept.quota));
      }
    }
  }

  #answer(asking: readonly ClientQuota[], { grants, monthEndsInMs }: QuotaAnswer): void {
    const nowMs = this.#options.clock.monotonicMs();
    const now = { nowMs, endsAtMs: nowMs + monthEndsInMs };
    const byClient = new Map(grants.map((grant) => [grant.client, grant]));
    for (const kept of asking) kept.answer(byClient.get(kept.client), now);
  }

  async #settleUnrecorded(): Promise<void> {
    if (this.#unrecorded === 0) return;
    const owing = sorted(this.#clients.values()).filter(({ unrecorded }) => unrecorded > 0);
    const debts = owing.map(({ client, unrecorded: amount, quota }) => ({ client, amount, quota }));
    await this.#inTime(this.#options.store.add(debts));
    for (const [i, kept] of owing.entries()) kept.unrecorded -= debts[i]!.amount;
    this.#unrecorded = owing.reduce((sum, kept) => sum + kept.unrecorded, 0);
    this.#options.logger.info('calls made without the database are recorded now', { clients: debts.length });
  }

  #admitUnrecorded(kept: ClientQuota, quota: number): QuotaDecision {
    this.#unrecorded += 1;
    return kept.admitUnrecorded(quota);
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { clock, timeoutMs = defaultTimeoutMs } = this.#options;
    const late = Promise.withResolvers<never>();
    const cancel = clock.after(timeoutMs, () =>
      late.reject(new PlatformError(gatewayReasons.QUOTA_RECORD_LATE, `no answer within ${timeoutMs} ms`)),
    );
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      cancel();
    }
  }

  #noteLost(error: unknown): void {
    const { clock, logger } = this.#options;
    if (this.#lostUntilMs === 0)
      logger.warn('calls cannot be counted against quotas', { error: toPlatformError(error) });
    this.#lostUntilMs = clock.monotonicMs() + retryMs;
  }

  #forgetIdle(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [client, kept] of this.#clients) if (kept.isIdle(nowMs)) this.#clients.delete(client);
  }
}

function sorted(clients: Iterable<ClientQuota>): ClientQuota[] {
  return [...clients].sort((a, b) => (a.client < b.client ? -1 : 1));
}

/** The error for a call beyond the quota. */
export function quotaError({ quota, resetInMs }: QuotaDecision): PlatformError {
  const message = `all ${quota} calls of this month are used, the next month begins in ${Math.ceil(resetInMs / 1_000)} s`;
  return new PlatformError(gatewayReasons.QUOTA_EXHAUSTED, message, {
    retryAfterMs: Math.ceil(resetInMs / 1_000) * 1_000,
  });
}
