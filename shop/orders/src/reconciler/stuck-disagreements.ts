import { type Clock, isUuid } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { StuckSource } from '@mainstay/service';
import { listOpen, listResolved, resolveDisagreement } from '../store/disagreements-store.ts';

/** Repairs that fail this often in a row need a person. */
const patience = 3;

/** Disagreements among the stuck work of the service. */
export function stuckDisagreements(database: Database, clock: Clock): StuckSource {
  return {
    kind: 'disagreement',
    async list({ subject, limit }) {
      // What only a person can mend needs one at once, so age leaves nothing out.
      const found = await listOpen(database, { foundBefore: new Date(clock.nowMs()), subject, limit });
      return found.map((one) => ({
        id: one.id,
        type: one.kind,
        subject: one.subject,
        since: one.found_at,
        reason: one.reason ?? one.kind.toUpperCase(),
        message: one.repair === null ? one.message : `${one.message}; mended by ${one.repair.replace('_', ' ')}`,
        attempts: one.attempts,
        needsPerson: one.repair === null || one.attempts >= patience,
        actions: ['resolve'],
      }));
    },
    async resolve(id, { actor, reason }) {
      return (
        isUuid(id) && (await resolveDisagreement(database, id, { actor, why: reason, at: new Date(clock.nowMs()) }))
      );
    },
    async acts(limit) {
      const found = await listResolved(database, limit);
      return found.map(({ id, actor, why, closed_at: at }) => ({ id, actor, reason: why, at, action: 'resolve' }));
    },
  };
}
