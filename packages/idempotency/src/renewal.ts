import { type Alarm, alarmsOf, type Clock, type Logger } from '@mainstay/kernel';
import { runOutsideOfCalls } from '@mainstay/kernel/context';
import type { StagedClaim } from './staged-claim.ts';

/** What a renewal works with. */
export interface RenewalOptions {
  readonly claim: StagedClaim;
  readonly lockMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Renews the claim of a staged call while its work runs, three times within the time of its lock, until disposed of.
 *
 * So the lock is short and a call that died is taken over soon, however long a call may take. When no renewal gets
 * through, another call takes over, and the fence keeps this one from writing.
 */
export function renewWhileRunning({ claim, lockMs, clock, logger }: RenewalOptions): Disposable {
  const alarms = alarmsOf(clock);
  let isOver = false;
  let alarm: Alarm;
  const wait = () => {
    alarm = { dueAtMs: clock.monotonicMs() + lockMs / 3, place: -1, onDue: () => runOutsideOfCalls(renew) };
    alarms.set(alarm);
  };
  const renew = () => {
    void claim
      .renew()
      .catch((error: unknown) =>
        logger.warn('the claim on an idempotency key was not renewed, trying again', { error }),
      )
      .then(() => {
        if (!isOver) wait();
      });
  };
  wait();
  return {
    [Symbol.dispose]() {
      isOver = true;
      alarms.clear(alarm);
    },
  };
}
