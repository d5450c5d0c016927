import { optionError } from '@mainstay/kernel';

/** When silence has which consequence. */
export interface Timings {
  /** How often instances beat, in milliseconds; told to them in every answer. */
  readonly heartbeatIntervalMs: number;
  /** Missed beats until an instance is used only when no other is left, default 2. */
  readonly suspectAfterMissedCount: number;
  /** Missed beats until an instance is out of routing, default 3, because one lost packet must not be enough. */
  readonly drainAfterMissedCount: number;
  /** How long an instance out of routing stays known before it is probed and removed, in milliseconds. */
  readonly removeGraceMs: number;
}

/** Checks that each consequence follows the one before. */
export function checkTimings(timings: Timings): Timings {
  if (timings.heartbeatIntervalMs < 10) {
    throw optionError('heartbeat_interval_ms', 'at least 10', timings.heartbeatIntervalMs);
  }
  if (timings.suspectAfterMissedCount < 1) {
    throw optionError('suspect_after_missed', 'at least 1', timings.suspectAfterMissedCount);
  }
  if (timings.drainAfterMissedCount <= timings.suspectAfterMissedCount) {
    throw optionError('drain_after_missed', 'more than suspect_after_missed', timings.drainAfterMissedCount);
  }
  if (timings.removeGraceMs < 0) throw optionError('remove_grace_ms', 'at least 0', timings.removeGraceMs);
  return timings;
}
