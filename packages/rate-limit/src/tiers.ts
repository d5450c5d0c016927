import { optionError } from '@mainstay/kernel';

/** How much something may be used: a bucket of tokens that is refilled all the time. */
export interface Limit {
  /** Lasting rate in tokens per minute, above 0; fractions are allowed. */
  readonly limitPerMinute: number;
  /** Tokens that may be taken at once after a rest, an integer of at least 1. */
  readonly burst: number;
}

/** Limits of clients by the name of their tier. */
export type Tiers<T extends Limit = Limit> = Readonly<Record<string, T>>;

/** Tier of clients without a key, and of those whose tier nobody knows. */
export const anonymousTier = 'anonymous';

/** The tiers of the platform; a burst is two minutes' worth of calls. */
export const defaultTiers: Tiers = Object.freeze({
  anonymous: Object.freeze({ limitPerMinute: 10, burst: 20 }),
  free: Object.freeze({ limitPerMinute: 100, burst: 200 }),
  professional: Object.freeze({ limitPerMinute: 1_000, burst: 2_000 }),
  enterprise: Object.freeze({ limitPerMinute: 10_000, burst: 20_000 }),
});

/** Refuses a limit outside its range. */
export function checkLimit<T extends Limit>(name: string, limit: T): T {
  const { limitPerMinute, burst } = limit;
  if (!(limitPerMinute > 0) || !Number.isFinite(limitPerMinute)) {
    throw optionError(`${name} limitPerMinute`, 'a number above 0', limitPerMinute);
  }
  if (!Number.isSafeInteger(burst) || burst < 1) throw optionError(`${name} burst`, 'an integer of at least 1', burst);
  return limit;
}

/**
 * Makes the function that gives the limits of a tier; an unknown or absent tier is `anonymous`.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a limit outside its range or a table without
 * `anonymous`.
 */
export function createTierLookup<T extends Limit>(tiers: Tiers<T>): (name: string | undefined) => T {
  const byName = new Map(Object.entries(tiers).map(([name, limit]) => [name, checkLimit(`tier ${name}`, limit)]));
  const anonymous = byName.get(anonymousTier);
  if (anonymous === undefined) {
    throw optionError('tiers', `a table with ${anonymousTier}`, Object.keys(tiers).join(', '));
  }
  return (name) => (name === undefined ? undefined : byName.get(name)) ?? anonymous;
}
