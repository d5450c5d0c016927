import type { QuotaGrant, QuotaWish } from './quota-store.ts';

/** Answer to one call. */
export interface QuotaDecision {
  readonly allowed: boolean;
  /** Calls that the tier allows in a month. */
  readonly quota: number;
  /** Calls left, as far as this process knows. */
  readonly remaining: number;
  /** Milliseconds until the next month begins; 0 when nobody could say. */
  readonly resetInMs: number;
}

type Resolve = (decision: QuotaDecision) => void;

/** A client whose quota is used up is asked for again after this time, because another replica may have given calls back. */
const exhaustedMs = 1_000;

/** What this process holds of the quota of one client. */
export interface ClientQuota {
  readonly client: string;
  readonly quota: number;
  /** Who waits for the next statement. */
  readonly waiting: readonly Resolve[];
  /** Calls that were admitted without a record. */
  unrecorded: number;
  /** Calls recorded and not made yet; none of them counts once the month is over. */
  ahead(nowMs: number): number;
  /** Decides without the database; undefined when it has to be asked. */
  takeKnown(quota: number, nowMs: number): QuotaDecision | undefined;
  wait(quota: number, resolve: Resolve): void;
  /** What to ask for: a call for each that waits, and a block ahead of the last. */
  ask(block: number): QuotaWish;
  /** Those for whom was asked, and forgets them. */
  takeAsked(): readonly Resolve[];
  answer(grant: QuotaGrant | undefined, now: { readonly nowMs: number; readonly endsAtMs: number }): void;
  admitUnrecorded(quota: number): QuotaDecision;
  /** Whether nothing is lost when it is forgotten. */
  isIdle(nowMs: number): boolean;
}

/** Makes what is held of a client of which nothing is known. */
export function newClientQuota(client: string): ClientQuota {
  let quota = 0;
  let used = 0;
  let left = 0;
  let endsAtMs = 0;
  let exhaustedUntilMs = 0;
  let askedCount = 0;
  const waiting: Resolve[] = [];

  const decision = (allowed: boolean, nowMs: number): QuotaDecision => ({
    allowed,
    quota,
    remaining: Math.max(0, quota - used + left),
    resetInMs: Math.max(0, endsAtMs - nowMs),
  });
  const kept: ClientQuota = {
    client,
    get quota() {
      return quota;
    },
    waiting,
    unrecorded: 0,
    ahead: (nowMs) => (nowMs < endsAtMs ? left : 0),
    takeKnown(allowedByTier, nowMs) {
      if (allowedByTier !== quota || nowMs >= endsAtMs) {
        exhaustedUntilMs = 0;
        if (nowMs >= endsAtMs) left = 0;
      }
      if (nowMs < exhaustedUntilMs) return decision(false, nowMs);
      if (left === 0) return undefined;
      left -= 1;
      return decision(true, nowMs);
    },
    wait(allowedByTier, resolve) {
      quota = allowedByTier;
      waiting.push(resolve);
    },
    ask(block) {
      askedCount = waiting.length;
      // Towards the end single calls are recorded, so that no replica sits on the last ones.
      const ahead = Math.min(block - 1, Math.floor((quota - used) / 100));
      return { client, amount: askedCount + Math.max(0, ahead), quota };
    },
    takeAsked: () => waiting.splice(0, askedCount),
    answer(grant, now) {
      const { nowMs } = now;
      endsAtMs = now.endsAtMs;
      left += grant?.granted ?? 0;
      used = grant?.used ?? used;
      for (const resolve of kept.takeAsked()) {
        const allowed = left > 0;
        if (allowed) left -= 1;
        else exhaustedUntilMs = nowMs + exhaustedMs;
        resolve(decision(allowed, nowMs));
      }
    },
    admitUnrecorded(allowedByTier) {
      quota = allowedByTier;
      used += 1;
      kept.unrecorded += 1;
      return { allowed: true, quota, remaining: Math.max(0, quota - used), resetInMs: 0 };
    },
    isIdle: (nowMs) => waiting.length === 0 && kept.unrecorded === 0 && (left === 0 || nowMs >= endsAtMs),
  };
  return kept;
}
