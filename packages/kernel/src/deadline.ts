import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { kernelReasons } from './errors/kernel-reasons.ts';
import { PlatformError } from './errors/platform-error.ts';

/** The readings of a clock. */
type Readings = Pick<Clock, 'nowMs' | 'monotonicMs'>;

/**
 * A moment after which nobody waits for the answer.
 *
 * It is derived from a relative time-out (`grpc-timeout`) on arrival and turned back into one on departure; it never
 * crosses a process as an absolute time. Those that are made here are counted on the monotonic clock, so a jump of
 * the wall clock changes nothing; any object with an `atMs` is taken, too.
 */
export interface Deadline {
  /** Wall-clock milliseconds since 1970. */
  readonly atMs: number;
}

/** A deadline on the monotonic reading of one clock. */
class CountedDeadline implements Deadline {
  readonly clock: Readings;
  readonly dueAtMs: number;

  constructor(clock: Readings, dueAtMs: number) {
    this.clock = clock;
    this.dueAtMs = dueAtMs;
  }

  get atMs(): number {
    return this.clock.nowMs() + (this.dueAtMs - this.clock.monotonicMs());
  }
}

/** Deadline `ms` from now. */
export function deadlineIn(ms: number, clock: Readings = systemClock): Deadline {
  return new CountedDeadline(clock, clock.monotonicMs() + ms);
}

/** The deadline at a moment of `monotonicMs`. */
export function deadlineAt(dueAtMs: number, clock: Readings): Deadline {
  return new CountedDeadline(clock, dueAtMs);
}

/** The moment in `monotonicMs` of a clock at which a deadline passes; `Infinity` without one. */
export function deadlineDueAtMs(deadline: Deadline | undefined, clock: Readings): number {
  if (deadline === undefined) return Number.POSITIVE_INFINITY;
  if (isCountedOn(clock, deadline)) return deadline.dueAtMs;
  return clock.monotonicMs() + (deadline.atMs - clock.nowMs());
}

/** Milliseconds left, 0 when passed, `Infinity` without a deadline. */
export function remainingMs(deadline: Deadline | undefined, clock: Readings = systemClock): number {
  if (deadline === undefined) return Number.POSITIVE_INFINITY;
  if (isCountedOn(clock, deadline)) return Math.max(0, deadline.dueAtMs - clock.monotonicMs());
  return Math.max(0, deadline.atMs - clock.nowMs());
}

function isCountedOn(clock: Readings, deadline: Deadline): deadline is CountedDeadline {
  return deadline instanceof CountedDeadline && deadline.clock === clock;
}

/** The earlier of two deadlines. */
export function earlierDeadline(a: Deadline | undefined, b: Deadline | undefined): Deadline | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  if (a instanceof CountedDeadline) return a.dueAtMs <= deadlineDueAtMs(b, a.clock) ? a : b;
  return a.atMs <= b.atMs ? a : b;
}

/**
 * Runs a function with a signal that aborts when `ms` have passed or the outer signal aborts.
 *
 * The function should stop on the signal; the promise rejects at the limit even when it does not. With an outer
 * signal that is aborted already the function does not begin.
 *
 * @throws {@link PlatformError} `deadline_exceeded` / `DEADLINE_EXCEEDED` at the limit; executed: maybe.
 * @example
 * await withTimeout(500, (signal) => fetch(url, { signal }));
 */
export async function withTimeout<T>(
  ms: number,
  run: (signal: AbortSignal) => Promise<T>,
  options: { readonly signal?: AbortSignal; readonly clock?: Clock; readonly what?: string } = {},
): Promise<T> {
  options.signal?.throwIfAborted();
  const clock = options.clock ?? systemClock;
  const controller = new AbortController();
  const onOuterAbort = (): void => controller.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', onOuterAbort, { once: true });
  const cancel = clock.after(ms, () => {
    const what = options.what ?? 'the operation';
    controller.abort(new PlatformError(kernelReasons.DEADLINE_EXCEEDED, `${what} took longer than ${ms} ms`));
  });
  try {
    const aborted = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
    });
    // Begun inside an async function, so that the race hears of both even when the function throws at once.
    return await Promise.race([aborted, (async () => await run(controller.signal))()]);
  } finally {
    cancel();
    options.signal?.removeEventListener('abort', onOuterAbort);
  }
}
