import { optionError, PlatformError } from '@mainstay/kernel';
import type { CallEffect, GuardedTransaction, TransactionGuard } from '@mainstay/kernel/context';
import type { Database } from '@mainstay/postgres';
import type { Answer } from './answer.ts';
import { idempotencyReasons as reasons } from './errors.ts';
import type { HeldRecord, NewRecord } from './store/record-id.ts';
import { completeHeld, isStillHeld, releaseHeld, renewHeld, writeOver } from './store/write-records.ts';

/**
 * The claim of one call on its key, when its work is several transactions.
 *
 * States: free → claiming (the first transaction is open) → held → over. The record is written in the first transaction of the call, so that it is there
 * exactly when that one is; each later one is fenced by epoch and effect; the answer completes it. Lost is a claim that came too late.
 */
export class StagedClaim implements CallEffect {
  readonly id: string;
  readonly #database: Database;
  readonly #record: NewRecord;
  readonly #lockMs: number;
  #state: 'free' | 'claiming' | 'held' | 'over' = 'free';
  #lost: 'before' | 'after' | undefined;

  constructor(database: Database, record: NewRecord, lockMs: number) {
    this.id = record.effectId;
    this.#database = database;
    this.#record = record;
    this.#lockMs = lockMs;
  }

  /** `before`: another call had claimed the key, nothing was done; `after`: the lock was outlived, and taken over. */
  get lost(): 'before' | 'after' | undefined {
    return this.#lost;
  }

  /** Claims at once, in a statement of its own; for taking over. @returns whether it is held. */
  async take(): Promise<boolean> {
    if (!(await writeOver(this.#database, this.#record, { lockMs: this.#lockMs }))) return false;
    this.#state = 'held';
    return true;
  }

  guard(database: object): TransactionGuard | undefined {
    if (database !== this.#database || this.#state === 'over') return undefined;
    return (tx) => (this.#state === 'held' ? this.#fence(tx) : this.#claim(tx));
  }

  async #claim(tx: GuardedTransaction): Promise<void> {
    if (this.#state !== 'free') throw optionError('keyed call', 'one whose first transaction is alone', 'two at once');
    this.#state = 'claiming';
    tx.afterCommit(() => this.#claimed('held'));
    tx.afterRollback(() => this.#claimed('free'));
    if (await writeOver(tx, this.#record, { lockMs: this.#lockMs })) return;
    this.#lost = 'before';
    throw new PlatformError(reasons.IDEMPOTENCY_IN_PROGRESS, 'another call with this idempotency key was faster');
  }

  #claimed(state: 'held' | 'free'): void {
    if (this.#state === 'claiming') this.#state = state;
  }

  async #fence(tx: GuardedTransaction): Promise<void> {
    if (await isStillHeld(tx, this.#held)) return;
    this.#lost = 'after';
    throw takenOver();
  }

  /** Puts the end of the lock off; does nothing before the claim is held and after it is over. */
  async renew(): Promise<void> {
    if (this.#state === 'held') await renewHeld(this.#database, this.#held, this.#lockMs);
  }

  /** The handler has ended: what it left running is no part of the call. */
  end(): { readonly mayBeHeld: boolean } {
    const mayBeHeld = this.#state !== 'free';
    this.#state = 'over';
    return { mayBeHeld };
  }

  /** Keeps the answer. @returns false when the key is another call's by now. */
  async complete(answer: Answer, mayBeHeld: boolean): Promise<boolean> {
    return mayBeHeld
      ? await completeHeld(this.#database, this.#held, answer)
      : await writeOver(this.#database, this.#record, { answer });
  }

  async release(): Promise<void> {
    await releaseHeld(this.#database, this.#held);
  }

  get #held(): HeldRecord {
    const { scope, key, effectId, seenEpoch, ttlMs } = this.#record;
    return { scope, key, effectId, epoch: seenEpoch + 1n, ttlMs };
  }
}

/** The error of a call that was taken over while it ran. */
export function takenOver(): PlatformError {
  return new PlatformError(reasons.IDEMPOTENCY_TAKEN_OVER, 'the call took too long and was taken over by another one');
}
