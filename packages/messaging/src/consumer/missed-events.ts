import { PlatformError } from '@mainstay/kernel';
import { messagingReasons } from '../errors.ts';
import type { InboxKey } from './inbox-store.ts';

/**
 * Refuses to go on where events were removed from the bus before the consumer had them.
 *
 * Positions have no gaps, so the next event must be the one behind the cursor. A cursor at 0 begins with what there is. Somebody who has
 * mended what the lost events meant sends the consumer on, and that is kept in the history.
 *
 * @throws {@link PlatformError} `data_loss` / `EVENTS_MISSED` with the command that lets it go on; executed: no.
 */
export function refuseMissed({ consumer, source }: InboxKey, after: bigint, next: bigint): void {
  if (after === 0n || next <= after + 1n) return;
  const message =
    `the bus has removed ${next - after - 1n} events of ${source} behind position ${after} that consumer ${consumer} never had: ` +
    `fill what it keeps from the records of ${source}, then let it go on with ` +
    `"mainstay events replay ${consumer} --source ${source} --after ${next - 1n}"`;
  throw new PlatformError(messagingReasons.EVENTS_MISSED, message, {
    metadata: { consumer, source, position: String(after), next: String(next) },
  });
}
