import { optionError } from '@mainstay/kernel';

/** What clients of a tier may do. */
export interface Tier {
  /** Lasting rate in calls per minute, above 0; fractions are allowed. */
  readonly limitPerMinute: number;
  /** Calls that may come at once after a rest, at least 1. */
  readonly burst: number;
}

/** Tiers by name. */
export type Tiers = Readonly<Record<string, Tier>>;

/** Tier of clients without a key, and of those whose tier nobody knows. */
export const anonymousTier = 'anonymous';

/** The tiers of the platform; a burst is two minutes' worth of calls. */
export const defaultTiers: Tiers = Object.freeze({
  anonymous: Object.freeze({ limitPerMinute: 10, burst: 20 }),
  free: Object.freeze({ limitPerMinute: 100, burst: 200 }),
  professional: Object.freeze({ limitPerMinute: 1_000, burst: 2_000 }),
  enterprise: Object.freeze({ limitPerMinute: 10_000, burst: 20_000 }),
});

/** Refuses tiers outside their range and a table without `anonymous`. */
export function checkTiers(tiers: Tiers): ReadonlyMap<string, Tier> {
  for (const [name, { limitPerMinute, burst }] of Object.entries(tiers)) {
    if (!(limitPerMinute > 0) || !Number.isFinite(limitPerMinute)) {
      throw optionError(`tier ${name} limitPerMinute`, 'a number above 0', limitPerMinute);
    }
    if (!Number.isSafeInteger(burst) || burst < 1)
      throw optionError(`tier ${name} burst`, 'an integer of at least 1', burst);
  }
  if (!Object.hasOwn(tiers, anonymousTier)) {
    throw optionError('tiers', `a table with ${anonymousTier}`, Object.keys(tiers).join(', '));
  }
  return new Map(Object.entries(tiers));
}
