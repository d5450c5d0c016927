import type { Event, TailEventsResponse } from '@mainstay/contracts/mainstay/operations/v1/events';
import { type Clock, type Code, isPlatformError, toPlatformError } from '@mainstay/kernel';

/** How events are followed. */
export interface FollowOptions {
  /** Opens a stream of the events behind a position. */
  readonly open: (after: bigint) => AsyncIterable<TailEventsResponse>;
  /** Where to begin. */
  readonly after: bigint;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Told once for each loss, with why. */
  readonly onLost: (message: string) => void;
}

const firstPauseMs = 250;
const longestPauseMs = 5_000;
const passing: ReadonlySet<Code> = new Set(['unavailable', 'deadline_exceeded', 'resource_exhausted', 'aborted']);

/**
 * Follows events until the signal aborts. When the stream ends or breaks, a new one goes on behind the last event that was
 * seen: none is left out and none comes twice.
 *
 * @throws {@link PlatformError} what will not pass by itself, such as a session that has ended.
 */
export async function* followEvents({ open, after, signal, clock, onLost }: FollowOptions): AsyncGenerator<Event> {
  let position = after;
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    let why = 'the stream has ended';
    try {
      for await (const { event, position: at } of open(position)) {
        pauseMs = firstPauseMs;
        if (at <= position) continue;
        position = at;
        if (event !== undefined) yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isPlatformError(error) || !passing.has(error.code)) throw error;
      why = toPlatformError(error).rawMessage;
    }
    if (signal.aborted) return;
    if (pauseMs === firstPauseMs) onLost(why);
    // Ends early, without an error here, when the command is stopped.
    await clock.sleep(pauseMs, signal).catch(() => undefined);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}
