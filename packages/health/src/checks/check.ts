import { type Clock, optionError, PlatformError, toPlatformError } from '@mainstay/kernel';
import { healthReasons } from '../errors.ts';

/** Looks at one dependency; resolves when it is usable, rejects with the reason when not, stops on the signal. */
export type CheckFunction = (signal: AbortSignal) => Promise<void>;

/** Options of a check. */
export interface CheckOptions {
  /** Longest run in milliseconds, default 2,000, so that the answer comes before a prober's own 5 s are over. */
  readonly timeoutMs?: number;
  /** How long an answer is reused in milliseconds, default 1,000; 0 runs at every question. */
  readonly cacheMs?: number;
  /** Failures in a row that make the check `down`, default 1. */
  readonly failuresToDown?: number;
}

/** State of one check as shown at `/health`. */
export interface CheckReport {
  /** `unknown` until the first run has ended. */
  readonly status: 'up' | 'down' | 'unknown';
  /** ISO time since when the status is what it is. */
  readonly since: string;
  /** ISO time of the end of the last run. */
  readonly checked_at?: string;
  readonly duration_ms?: number;
  /** Failures in a row up to now; 0 when up. */
  readonly failures: number;
  /** The last failure, kept after recovery. */
  readonly last_error?: { readonly message: string; readonly reason: string; readonly at: string };
}

/** A check with its memory. */
export interface Check {
  /** Answers from the cache or after one run, shared by all who ask at the same time; at most `timeoutMs`. */
  evaluate(): Promise<CheckReport>;
  /** What is known now, without running. */
  report(): CheckReport;
}

/** Longest pause before a check whose earlier runs never ended is started again. */
const maxHungPauseMs = 60_000;

/**
 * Wraps a function into a cached check that never takes longer than its limit.
 *
 * A run that ignores its signal is given up at the limit and counts as failed; while such runs hang, new ones
 * start less and less often (limit × hung runs, at most every 60 s), so a lost promise cannot pile up others.
 */
export function createCheck(
  name: string,
  run: CheckFunction,
  options: CheckOptions & { readonly clock: Clock },
): Check {
  const { clock } = options;
  const timeoutMs = atLeast(`${name}.timeoutMs`, options.timeoutMs ?? 2_000, 1);
  const cacheMs = atLeast(`${name}.cacheMs`, options.cacheMs ?? 1_000, 0);
  const failuresToDown = atLeast(`${name}.failuresToDown`, options.failuresToDown ?? 1, 1);
  let report: CheckReport = { status: 'unknown', since: isoNow(clock), failures: 0 };
  let freshUntilMs = Number.NEGATIVE_INFINITY;
  let running: Promise<CheckReport> | undefined;
  let hung = 0;

  const finish = (startedMs: number, failure: unknown): CheckReport => {
    const at = isoNow(clock);
    const failures = failure === undefined ? 0 : report.failures + 1;
    const status = nextStatus(report.status, failures, failuresToDown);
    report = {
      status,
      since: status === report.status ? report.since : at,
      checked_at: at,
      duration_ms: Math.round((clock.monotonicMs() - startedMs) * 10) / 10,
      failures,
      ...lastError(report, failure, at),
    };
    freshUntilMs = clock.monotonicMs() + Math.max(cacheMs, hung === 0 ? 0 : Math.min(maxHungPauseMs, timeoutMs * hung));
    running = undefined;
    return report;
  };

  const start = (): Promise<CheckReport> => {
    const startedMs = clock.monotonicMs();
    const controller = new AbortController();
    return new Promise<unknown>((resolve) => {
      let ended = false;
      let givenUp = false;
      const cancel = clock.after(timeoutMs, () => {
        givenUp = true;
        hung += 1;
        const error = new PlatformError(
          healthReasons.HEALTH_CHECK_TIMEOUT,
          `check ${name} took longer than ${timeoutMs} ms`,
        );
        controller.abort(error);
        resolve(error);
      });
      const end = (failure: unknown): void => {
        if (ended) return;
        ended = true;
        cancel();
        if (givenUp) hung -= 1;
        resolve(failure);
      };
      callSafely(run, controller.signal).then(
        () => end(undefined),
        (error: unknown) => end(error ?? toPlatformError(error)),
      );
    }).then((failure) => finish(startedMs, failure));
  };

  return {
    evaluate() {
      if (running === undefined && clock.monotonicMs() < freshUntilMs) return Promise.resolve(report);
      running ??= start();
      return running;
    },
    report: () => report,
  };
}

async function callSafely(run: CheckFunction, signal: AbortSignal): Promise<void> {
  await run(signal);
}

function nextStatus(before: CheckReport['status'], failures: number, failuresToDown: number): CheckReport['status'] {
  if (failures === 0) return 'up';
  return failures >= failuresToDown || before !== 'up' ? 'down' : 'up';
}

function lastError(before: CheckReport, failure: unknown, at: string): Pick<CheckReport, 'last_error'> {
  if (failure === undefined) return before.last_error === undefined ? {} : { last_error: before.last_error };
  const { rawMessage, reason } = toPlatformError(failure);
  return { last_error: { message: rawMessage.replace(/:\/\/[^/@\s]*@/g, '://***@'), reason, at } };
}

function atLeast(name: string, value: number, minimum: number): number {
  if (!Number.isFinite(value) || value < minimum) throw optionError(`health.${name}`, `at least ${minimum}`, value);
  return value;
}

function isoNow(clock: Clock): string {
  return new Date(clock.nowMs()).toISOString();
}
