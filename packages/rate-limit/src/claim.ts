import type { Limit } from './tiers.ts';

/** Tokens that a request needs of one bucket. */
export interface Claim {
  /** What limits here, for headers and figures, for example `client` or `route`; lower-case letters, digits and dashes. */
  readonly name: string;
  /** Whose bucket it is, unique over all names; never text that a client can invent freely. */
  readonly key: string;
  /** Read anew with each claim: a changed limit counts from the next one, and what was used stays used. */
  readonly limit: Limit;
  /** Tokens, at least 0; 0 only looks, and more than the burst is never admitted. */
  readonly cost: number;
}
