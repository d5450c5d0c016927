import { listUnfinishedCalls } from '@mainstay/idempotency';
import type { Clock, SqlExecutor } from '@mainstay/kernel';
import { listDeadLetters, listInboxActions, listMissedEvents, listOverdueEvents } from '@mainstay/messaging';
import type { OperatedEvents, OperatedProjections, OperatedSagas } from '../definition/operated-service.ts';
import type { StuckSource } from '../definition/stuck-source.ts';

/** Sagas that need a person or are old. */
export function sagaSource(sagas: OperatedSagas): StuckSource {
  return {
    kind: 'saga',
    async list({ minAgeMs, subject, limit }) {
      const found = await sagas.stuck({ olderThanMs: minAgeMs, limit, ...(subject !== undefined && { subject }) });
      return found.map((saga) => ({
        id: saga.id,
        type: saga.name,
        subject: saga.subject,
        since: new Date(saga.createdAtMs),
        owner: saga.owner,
        reason: saga.reason ?? '',
        message: `${saga.status}${saga.step === null ? '' : ` at ${saga.step}`}${saga.message === null ? '' : `: ${saga.message}`}`,
        attempts: saga.attempts,
        needsPerson: saga.needsIntervention,
        actions: saga.actions,
      }));
    },
    async acts(limit) {
      const found = await sagas.actions(limit);
      return found.map(({ sagaId, at, action, actor, reason }) => ({ id: sagaId, at, action, actor, reason }));
    },
  };
}

/** Events that could not be handled; they need a person at any age. */
export function deadLetterSource({ database }: OperatedEvents): StuckSource {
  return {
    kind: 'dead_letter',
    async list({ subject, limit }) {
      const found = await listDeadLetters(database, { limit, ...(subject !== undefined && { subject }) });
      return found.map(({ consumer, source, position, type, subject: about, diedAt, reason, message, attempts }) => ({
        id: `${consumer}/${source}/${position}`,
        type,
        subject: about,
        since: diedAt,
        owner: consumer,
        reason,
        message,
        attempts,
        needsPerson: true,
        actions: ['replay', 'discard'],
      }));
    },
    async acts(limit) {
      const found = await listInboxActions(database, limit);
      return found.map(({ consumer, source, position, at, action, actor, why }) => ({
        id: `${consumer}/${source}/${position}`,
        at,
        action,
        actor,
        reason: why,
      }));
    },
  };
}

/** Consumers that stand still because the bus removed events before they had them; they need a person at any age. */
export function missedEventsSource({ database }: OperatedEvents): StuckSource {
  return {
    kind: 'missed_events',
    async list({ subject, limit }) {
      const found = await listMissedEvents(database, limit);
      return found
        .filter(({ consumer }) => subject === undefined || subject === consumer)
        .map(({ consumer, source, since, message, command }) => ({
          id: `${consumer}/${source}`,
          type: source,
          subject: consumer,
          since,
          owner: consumer,
          reason: 'EVENTS_MISSED',
          message,
          attempts: 0,
          needsPerson: true,
          actions: ['replay'],
          command,
        }));
    },
  };
}

/** Events that wait to be told; they go out by themselves once the bus can be reached and a relay runs. */
export function outboxSource({ database }: OperatedEvents): StuckSource {
  return {
    kind: 'outbox',
    async list({ minAgeMs, subject, limit }) {
      const found = await listOverdueEvents(database, { olderThanMs: minAgeMs, subject, limit });
      return found.map(({ id, type, subject: about, time }) => ({
        id,
        type,
        subject: about,
        since: time,
        reason: 'EVENT_NOT_RELAYED',
        message: 'the event is committed and not on the bus: look whether the bus answers and which instance relays',
        attempts: 0,
        needsPerson: false,
        actions: [],
      }));
    },
  };
}

/** Projections that are behind; one that cannot apply an event stays so until code or data are mended. */
export function projectionSource(projections: OperatedProjections, clock: Pick<Clock, 'nowMs'>): StuckSource {
  return {
    kind: 'projection',
    async list({ minAgeMs, subject, limit }) {
      const since = clock.nowMs() - minAgeMs;
      const items = (await projections.list()).flatMap(({ name, kind, behindSince, behindCount }) => {
        const isMeant = subject === undefined || subject === name;
        if (behindSince === null || behindSince.getTime() > since || !isMeant) return [];
        return {
          id: name,
          type: kind,
          subject: name,
          since: behindSince,
          reason: 'PROJECTION_BEHIND',
          message: `${behindCount} events are not applied: the log of the instance that follows says why`,
          attempts: 0,
          needsPerson: false,
          actions: [],
        };
      });
      return items.slice(0, limit);
    },
  };
}

/** Keyed calls that began and did not end. Their caller finishes them with the same key; who never does left part of an effect. */
export function keyedCallSource(database: SqlExecutor): StuckSource {
  return {
    kind: 'keyed_call',
    async list({ minAgeMs, subject, limit }) {
      const found = await listUnfinishedCalls(database, { olderThanMs: minAgeMs, effectId: subject, limit });
      return found.map(({ scope, effectId, runs, abandonedAt }) => ({
        id: effectId,
        type: scope,
        subject: effectId,
        since: abandonedAt,
        reason: 'KEYED_CALL_UNFINISHED',
        message: 'the call was given up in the middle: it goes on when its caller repeats it with the same key',
        attempts: runs,
        needsPerson: false,
        actions: [],
      }));
    },
  };
}
