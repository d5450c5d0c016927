import { optionError } from '@mainstay/kernel';
import { positive, shareAboveZero, wholeNumber } from '../check-number.ts';

/** How a limit follows the observed durations. */
export interface AdaptiveLimitOptions {
  /** Share of the calls that decides, default 0.99. */
  readonly quantile?: number;
  /** The limit is this many times that quantile, default 2. */
  readonly factor?: number;
  /** Lower bound in milliseconds; needed, because a limit without bounds follows a fault anywhere. */
  readonly minMs: number;
  /** Upper bound in milliseconds. */
  readonly maxMs: number;
  /** Durations are remembered for one to two of these, in milliseconds; default 60,000. */
  readonly windowMs?: number;
  /** Calls that must be known, default 100; until then the fixed limit holds. */
  readonly minimumCount?: number;
}

/** {@link AdaptiveLimitOptions} with all defaults. */
export type AdaptiveLimit = Readonly<Required<AdaptiveLimitOptions>>;

/** Fills in the defaults and refuses what lies outside its range. */
export function resolveAdaptiveLimit(at: string, options: AdaptiveLimitOptions): AdaptiveLimit {
  const minMs = positive(`${at} adaptive.minMs`, options.minMs);
  const { maxMs, factor = 2 } = options;
  if (!(maxMs >= minMs)) throw optionError(`${at} adaptive.maxMs`, `a number of at least minMs ${minMs}`, maxMs);
  if (!(factor >= 1)) throw optionError(`${at} adaptive.factor`, 'a number of at least 1', factor);
  return {
    quantile: shareAboveZero(`${at} adaptive.quantile`, options.quantile ?? 0.99),
    factor,
    minMs,
    maxMs,
    windowMs: positive(`${at} adaptive.windowMs`, options.windowMs ?? 60_000),
    minimumCount: wholeNumber(`${at} adaptive.minimumCount`, options.minimumCount ?? 100, 1),
  };
}

/** Chooses the limit: a multiple of the quantile, within its bounds; undefined while nothing is known. */
export function adaptiveLimitMs(quantileMs: number | undefined, limit: AdaptiveLimit): number | undefined {
  if (quantileMs === undefined) return undefined;
  return Math.min(limit.maxMs, Math.max(limit.minMs, quantileMs * limit.factor));
}
