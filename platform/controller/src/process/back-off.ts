/** First pause before a crashed process is started again, in milliseconds: short, because most crashes are single. */
const firstPauseMs = 250;

/** Longest pause, in milliseconds: a person who mends the cause does not wait longer than this. */
const maxPauseMs = 15_000;

/** A process that ran this long before it crashed starts again at the first pause, in milliseconds. */
const stableAfterMs = 30_000;

/** What is known about the crashes of a process so far. */
export interface CrashHistory {
  /** Crashes in a row, each before the process had run for 30 s. */
  readonly inARow: number;
}

/** No crash yet. */
export const noCrashes: CrashHistory = { inARow: 0 };

/**
 * Decides how long to wait before a crashed process is started again.
 *
 * Doubles from 250 ms to 15 s, less up to a fifth by chance so that processes that crashed together do not start
 * together; a process that ran for 30 s begins anew.
 *
 * @param ranMs - how long it ran before this crash.
 * @param random - 0 to below 1.
 */
export function decidePause(
  history: CrashHistory,
  ranMs: number,
  random: number,
): { readonly pauseMs: number; readonly history: CrashHistory } {
  const inARow = ranMs >= stableAfterMs ? 1 : history.inARow + 1;
  const fullMs = Math.min(maxPauseMs, firstPauseMs * 2 ** Math.min(inARow - 1, 20));
  return { pauseMs: Math.round(fullMs * (1 - random * 0.2)), history: { inARow } };
}
