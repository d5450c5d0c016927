import { decideState, type InstanceState, type ReportedState, type Silence } from './instance-state.ts';
import type { Timings } from './timings.ts';

/** What an instance says when it registers. */
export interface Registration {
  readonly service: string;
  readonly id: string;
  readonly address: string;
  readonly managementUrl: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly reported: ReportedState;
  readonly load: number;
}

/**
 * One instance in the table; immutable, so that a change is a new object and an old one is recognised as stale.
 */
export interface Entry extends Registration {
  readonly silence: Silence;
  /** Monotonic time at which the silence gets worse; infinite while a probe is under way. */
  readonly dueAtMs: number;
  /** Wall clock of the registry. */
  readonly registeredAtMs: number;
  /** Wall clock of the registry at the last registration or heartbeat. */
  readonly lastSeenAtMs: number;
}

/** The two clocks at one moment: wall time for people, monotonic time for decisions. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** State of an entry as callers see it. */
export function stateOf(entry: Entry): InstanceState {
  return decideState(entry.reported, entry.silence);
}

/** An entry that has just registered; keeps the time of the first registration when it renews one. */
export function registered(
  registration: Registration,
  previous: Entry | undefined,
  now: Moment & { readonly timings: Timings },
): Entry {
  return {
    ...registration,
    silence: 'beating',
    dueAtMs: now.monotonicMs + suspectAfterMs(now.timings),
    registeredAtMs: previous?.registeredAtMs ?? now.wallMs,
    lastSeenAtMs: now.wallMs,
  };
}

/** An entry read from the store after a restart: suspect, with the time of one that beat just now. */
export function restored(
  stored: Registration & { readonly registeredAtMs: number; readonly lastSeenAtMs: number },
  now: Moment & { readonly timings: Timings },
): Entry {
  const { heartbeatIntervalMs, drainAfterMissedCount } = now.timings;
  return { ...stored, silence: 'suspect', dueAtMs: now.monotonicMs + drainAfterMissedCount * heartbeatIntervalMs };
}

/** An entry after a heartbeat; a report of undefined leaves the one before. */
export function beaten(
  entry: Entry,
  report: { readonly reported: ReportedState | undefined; readonly load: number },
  now: Moment & { readonly timings: Timings },
): Entry {
  return {
    ...entry,
    reported: report.reported ?? entry.reported,
    load: report.load,
    silence: 'beating',
    dueAtMs: now.monotonicMs + suspectAfterMs(now.timings),
    lastSeenAtMs: now.wallMs,
  };
}

/** The next worse entry, or the same when it is not due; never skips a step. */
export function worsened(entry: Entry, monotonicMs: number, timings: Timings): Entry {
  if (monotonicMs < entry.dueAtMs) return entry;
  const between = (timings.drainAfterMissedCount - timings.suspectAfterMissedCount) * timings.heartbeatIntervalMs;
  switch (entry.silence) {
    case 'beating':
      return { ...entry, silence: 'suspect', dueAtMs: entry.dueAtMs + between };
    case 'suspect':
      return { ...entry, silence: 'lost', dueAtMs: entry.dueAtMs + timings.removeGraceMs };
    case 'lost':
      return { ...entry, silence: 'probing', dueAtMs: Number.POSITIVE_INFINITY };
    case 'probing':
      return entry;
  }
}

/** An entry whose process answered the probe before removal: alive, but still to prove that it beats. */
export function answeredProbe(entry: Entry, monotonicMs: number, timings: Timings): Entry {
  const between = (timings.drainAfterMissedCount - timings.suspectAfterMissedCount) * timings.heartbeatIntervalMs;
  return { ...entry, silence: 'suspect', dueAtMs: monotonicMs + between };
}

function suspectAfterMs(timings: Timings): number {
  return timings.suspectAfterMissedCount * timings.heartbeatIntervalMs;
}
