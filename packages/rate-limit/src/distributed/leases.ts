import type { Clock } from '@mainstay/kernel';
import type { Claim } from '../claim.ts';
import { type Decision, decide, type Level } from '../decision.ts';
import type { Limit } from '../tiers.ts';
import { refilled } from '../token-bucket.ts';
import type { BucketServer } from './bucket-server.ts';
import type { Answer } from './questions.ts';

/** How tokens are taken ahead. */
export interface LeaseOptions {
  /**
   * Tokens taken ahead, as the time in which the limit brings as many, in milliseconds; at most a quarter of the burst for
   * all replicas together.
   */
  readonly aheadMs: number;
}

/** Tokens of one bucket that are taken from the server already and may be given without asking. */
interface Lease {
  limit: Limit;
  tokens: number;
  /** What the server says is missing, the leased tokens among it. */
  missing: number;
  /** Monotonic milliseconds when it said so. */
  asOfMs: number;
  usedAtMs: number;
  isAsking: boolean;
}

/** Leased tokens that nobody used for this long go back. */
const idleMs = 1_000;
/** Most leases; the buckets beyond ask for each request. */
const maxLeases = 10_000;

/**
 * Tokens of busy buckets, taken ahead so that most requests ask nobody.
 *
 * They are missing from the bucket as soon as they are leased, so what all replicas admit in any stretch of time stays below
 * burst + rate × time + the leases that were open when it began; what one replica holds and does not use is missed by the
 * others until it is given back, after a second.
 */
export class Leases implements AsyncDisposable {
  readonly #server: BucketServer;
  readonly #aheadMs: number;
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Lease>();
  /** Clock of the server minus our monotonic one. */
  #serverAheadMs = 0;
  #cancelSweep: (() => void) | undefined;

  constructor(server: BucketServer, { aheadMs, clock }: LeaseOptions & { readonly clock: Clock }) {
    this.#server = server;
    this.#aheadMs = aheadMs;
    this.#clock = clock;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Admits a request from leased tokens alone; undefined when they are not enough. */
  take(claims: readonly Claim[]): Decision | undefined {
    const nowMs = this.#clock.monotonicMs();
    for (const claim of claims) {
      const lease = this.#of(claim);
      if (lease === undefined || lease.tokens < claim.cost) return undefined;
    }
    const levels = claims.map((claim): Level => {
      const lease = this.#byKey.get(claim.key)!;
      lease.tokens -= claim.cost;
      lease.usedAtMs = nowMs;
      if (!lease.isAsking && lease.tokens < this.#sizeOf(claim.limit) / 4) void this.#renew(claim, lease);
      const missing = refilled(lease.missing, nowMs - lease.asOfMs, claim.limit.limitPerMinute);
      return { limit: claim.limit, missing: Math.max(0, missing - lease.tokens) };
    });
    return decide(claims, levels, { allowed: true, nowMs: nowMs + this.#serverAheadMs });
  }

  /** Asks the server, and for tokens ahead with it. */
  async ask(claims: readonly Claim[]): Promise<Answer | undefined> {
    const leases = claims.map((claim) => this.#open(claim));
    const wishes = claims.map(({ limit }, i) => (leases[i] === undefined ? 0 : this.#sizeOf(limit) - leases[i].tokens));
    const answer = await this.#server.ask(claims, wishes);
    for (const [i, lease] of leases.entries()) {
      if (lease !== undefined) this.#note(lease, answer, i);
    }
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelSweep?.();
    await this.#giveBack([...this.#byKey]);
  }

  /** The lease of a claim; one under another limit goes back, because a changed limit counts at once. */
  #of({ key, limit }: Claim): Lease | undefined {
    const lease = this.#byKey.get(key);
    if (lease === undefined) return undefined;
    if (lease.limit.limitPerMinute === limit.limitPerMinute && lease.limit.burst === limit.burst) return lease;
    void this.#giveBack([[key, lease]]);
    return undefined;
  }

  /** A lease to ask for; undefined when one is asked for already or it would not be worth it. */
  #open(claim: Claim): Lease | undefined {
    const present = this.#of(claim);
    if (present?.isAsking === true || this.#sizeOf(claim.limit) < 2) return undefined;
    if (present === undefined && this.#byKey.size >= maxLeases) return undefined;
    const nowMs = this.#clock.monotonicMs();
    const lease = present ?? {
      limit: claim.limit,
      tokens: 0,
      missing: 0,
      asOfMs: nowMs,
      usedAtMs: nowMs,
      isAsking: true,
    };
    lease.isAsking = true;
    lease.usedAtMs = nowMs;
    this.#byKey.set(claim.key, lease);
    this.#cancelSweep ??= this.#clock.after(idleMs, () => this.#sweep());
    return lease;
  }

  async #renew(claim: Claim, lease: Lease): Promise<void> {
    lease.isAsking = true;
    const answer = await this.#server.ask([{ ...claim, cost: 0 }], [this.#sizeOf(claim.limit) - lease.tokens]);
    this.#note(lease, answer, 0);
  }

  #note(lease: Lease, answer: Answer | undefined, i: number): void {
    lease.isAsking = false;
    if (answer === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    this.#serverAheadMs = answer.nowMs - nowMs;
    lease.tokens += answer.more[i]!;
    lease.missing = answer.missing[i]!;
    lease.asOfMs = nowMs;
  }

  #sizeOf({ limitPerMinute, burst }: Limit): number {
    return Math.floor(Math.min((limitPerMinute * this.#aheadMs) / 60_000, burst / (4 * this.#server.replicas)));
  }

  #sweep(): void {
    const usedBeforeMs = this.#clock.monotonicMs() - idleMs;
    void this.#giveBack([...this.#byKey].filter(([, lease]) => !lease.isAsking && lease.usedAtMs <= usedBeforeMs));
    this.#cancelSweep = this.#byKey.size === 0 ? undefined : this.#clock.after(idleMs, () => this.#sweep());
  }

  async #giveBack(leases: readonly (readonly [string, Lease])[]): Promise<void> {
    const back = leases.map(([key, lease]) => {
      this.#byKey.delete(key);
      const { limit, tokens } = lease;
      lease.tokens = 0;
      return this.#server.ask([{ name: 'lease', key, limit, cost: -tokens }], [0]);
    });
    await Promise.all(back);
  }
}
