import type { Claim } from './claim.ts';
import type { Decision } from './decision.ts';

// Terms: a *limit* is a rate and a burst; a *bucket* is what one key has left of it; a *claim* asks for tokens of one
// bucket; a *decision* answers all claims of one request together; a *standing* is the state of one bucket afterwards.

/** Figures of a limiter. */
export interface RateLimiterStats {
  /** Buckets held in this process. */
  readonly keys: number;
  /** Buckets dropped, each of them full. */
  readonly dropped: number;
  /** Claims that had to share a bucket because the table was full of buckets in use. */
  readonly shared: number;
}

/** Decides whether requests may go on. */
export interface RateLimiter {
  /**
   * Takes the tokens of all claims, or of none: one bucket that refuses leaves all others as they were.
   *
   * @param claims - at least one.
   * @returns at once where nobody has to be asked, so that a request without a wait makes no promise. Never rejects.
   */
  take(claims: readonly Claim[]): Decision | Promise<Decision>;
  /** Gives back what an admitted request took, because something else refused it afterwards. */
  giveBack(claims: readonly Claim[]): void;
  stats(): RateLimiterStats;
}
