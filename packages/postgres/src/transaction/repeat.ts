import { type Clock, isPlatformError, optionError, PlatformError } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { postgresReasons as reasons } from '../errors.ts';
import type { RepeatOptions } from './transaction.ts';

/** What repeating needs beside the function. */
export interface RepeatSurroundings {
  readonly name: string;
  readonly clock: Clock;
  /** Source of randomness in [0, 1). */
  readonly random: () => number;
  readonly onRepeat: () => void;
}

/**
 * Runs a transaction again while it ends with a conflict that certainly left nothing behind.
 *
 * The pause is random between 0 and a bound that doubles, so that those who met once do not meet again. It ends with the caller's signal.
 *
 * @throws {@link PlatformError} `DATABASE_CONFLICT` that tells the number of runs when the last one met a conflict too.
 */
export async function repeatConflicts<T>(
  run: () => Promise<T>,
  options: RepeatOptions,
  { name, clock, random, onRepeat }: RepeatSurroundings,
): Promise<T> {
  const { maxAttempts = 5, baseDelayMs = 10, maxDelayMs = 500 } = options;
  if (!(Number.isInteger(maxAttempts) && maxAttempts >= 1)) {
    throw optionError('transaction.repeatable.maxAttempts', 'an integer of at least 1', maxAttempts);
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!isPlatformError(error, reasons.DATABASE_CONFLICT) || error.executed !== 'no') throw error;
      if (attempt >= maxAttempts) {
        throw new PlatformError(
          reasons.DATABASE_CONFLICT,
          `transaction ${name} met another one in each of ${attempt} runs`,
          { cause: error },
        );
      }
    }
    onRepeat();
    await clock.sleep(random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1)), currentContext()?.signal);
  }
}
