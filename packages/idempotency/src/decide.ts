import type { Answer } from './answer.ts';

/**
 * What stands in the table for a key.
 *
 * States: none → in progress → completed. In progress is held by one call until `lockLeftMs` has passed, then whoever comes takes it over under the
 * next epoch, with the same effect. Completed and expired is none.
 */
export type RecordState =
  | { readonly state: 'none' }
  | {
      readonly state: 'in_progress';
      readonly fingerprint: Uint8Array;
      readonly epoch: bigint;
      readonly isExpired: boolean;
      readonly effectId: string;
      readonly lockLeftMs: number;
    }
  | {
      readonly state: 'completed';
      readonly fingerprint: Uint8Array;
      readonly epoch: bigint;
      readonly isExpired: boolean;
      readonly answer: Answer;
    };

/** What a look at a key found. */
export interface Sight {
  /** Whether a transaction that is open elsewhere has the key in hand. */
  readonly isBusy: boolean;
  readonly record: RecordState;
}

/** What to do with a call. `seenEpoch` is the epoch that a claim replaces, 0 for none. */
export type Decision =
  | { readonly do: 'run'; readonly seenEpoch: bigint }
  | { readonly do: 'take_over'; readonly seenEpoch: bigint; readonly effectId: string }
  | { readonly do: 'replay'; readonly answer: Answer }
  | { readonly do: 'wait'; readonly retryAfterMs: number }
  | { readonly do: 'refuse' };

/** A transaction is over soon. */
const busyPauseMs = 100;
/** A call in progress may end long before its lock does. */
const longestPauseMs = 1_000;

/** Decides about a call by what stands in the table. */
export function decide({ isBusy, record }: Sight, fingerprint: Uint8Array): Decision {
  if (record.state === 'none' || record.isExpired) {
    const seenEpoch = record.state === 'none' ? 0n : record.epoch;
    return isBusy ? { do: 'wait', retryAfterMs: busyPauseMs } : { do: 'run', seenEpoch };
  }
  if (Buffer.compare(record.fingerprint, fingerprint) !== 0) return { do: 'refuse' };
  if (record.state === 'completed') return { do: 'replay', answer: record.answer };
  if (record.lockLeftMs > 0) {
    return { do: 'wait', retryAfterMs: Math.max(busyPauseMs, Math.min(longestPauseMs, record.lockLeftMs)) };
  }
  if (isBusy) return { do: 'wait', retryAfterMs: busyPauseMs };
  return { do: 'take_over', seenEpoch: record.epoch, effectId: record.effectId };
}
