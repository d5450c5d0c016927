/** How pauses between tries grow. */
export interface BackOffOptions {
  /** Longest first pause, in milliseconds. */
  readonly baseMs: number;
  /** Longest pause of all, in milliseconds. */
  readonly maxMs: number;
  /** Source of randomness in [0, 1), default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Pause before a try: doubles per failure, then a random part of its upper half, so that a fleet that lost its
 * registry at one moment does not come back at one moment.
 *
 * @param failures - failures in a row so far, from 1.
 * @returns milliseconds, between half of and the whole of `min(maxMs, baseMs * 2^(failures-1))`.
 */
export function backOffMs(failures: number, options: BackOffOptions): number {
  const ceiling = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(failures - 1, 30));
  return ceiling * (0.5 + 0.5 * (options.random ?? Math.random)());
}
