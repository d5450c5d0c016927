/** What a limit knows about a stretch of time. */
export interface WindowFigures {
  /** Mean duration of the calls that ended, in milliseconds. */
  readonly meanMs: number;
  /** Calls at the same time, at most. */
  readonly peak: number;
  /** Share of the calls that ended in overload: timed out, refused, unavailable. */
  readonly overloadRatio: number;
}

/** A limit, and the duration that is usual for the thing it protects. */
export interface GradientState {
  readonly limit: number;
  readonly usualMs: number | undefined;
}

/** Bounds and manners of a limit. */
export interface GradientSettings {
  readonly minLimit: number;
  readonly maxLimit: number;
  /** How many times the usual duration is still no queue. */
  readonly tolerance: number;
}

/** A tenth of the calls in overload shrinks the limit, whatever the durations say. */
const overloaded = 0.1;
/** Share of the new limit that is taken over at once. */
const smoothing = 0.2;
/** Weight of a new mean in the usual duration: about the last twenty windows. */
const usualWeight = 0.1;

/**
 * Chooses the next limit: less when calls take longer than usual, because then they queue; a little more otherwise.
 *
 * A limit that was not half used says nothing and is left alone. The usual duration follows slowly upwards and quickly
 * downwards, so that a slow minute does not become the measure.
 *
 * @see https://netflixtechblog.medium.com/performance-under-load-3e6fa9a60581 - the gradient algorithm
 */
export function nextLimit(state: GradientState, figures: WindowFigures, settings: GradientSettings): GradientState {
  const { minLimit, maxLimit, tolerance } = settings;
  const { limit } = state;
  const usualMs = followUsual(state.usualMs, figures.meanMs);
  const within = (value: number): number => Math.min(maxLimit, Math.max(minLimit, value));
  if (figures.overloadRatio >= overloaded) return { limit: within(limit * 0.9), usualMs };
  if (figures.peak < limit / 2) return { limit, usualMs };
  const gradient = Math.min(1, Math.max(0.5, (tolerance * usualMs) / Math.max(figures.meanMs, 1e-6)));
  const wanted = limit * gradient + Math.sqrt(limit);
  return { limit: within(limit + (wanted - limit) * smoothing), usualMs };
}

function followUsual(usualMs: number | undefined, meanMs: number): number {
  if (usualMs === undefined || meanMs < usualMs / 2) return meanMs;
  return usualMs + (meanMs - usualMs) * usualWeight;
}
