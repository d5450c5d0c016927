import type { Claim, Decision, RateLimiterStats } from '@mainstay/rate-limit';

/** What a worker asks the process that keeps the limits of all of them. */
export type LimitQuestion =
  | { readonly type: 'gateway.limits.take'; readonly id: number; readonly questions: readonly (readonly Claim[])[] }
  | { readonly type: 'gateway.limits.giveBack'; readonly claims: readonly Claim[] };

/** The answer to all questions of one message, in their order. */
export interface LimitAnswer {
  readonly type: 'gateway.limits.decided';
  readonly id: number;
  readonly decisions: readonly Decision[];
  readonly stats: RateLimiterStats;
}
