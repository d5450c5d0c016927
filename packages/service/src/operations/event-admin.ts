import { timestampDate } from '@bufbuild/protobuf/wkt';
import { EventAdminService } from '@mainstay/contracts/mainstay/operations/v1/events';
import { type Clock, createPause, PlatformError } from '@mainstay/kernel';
import {
  type Bus,
  discardDeadLetter,
  findDeadLetter,
  listConsumerPositions,
  listDeadLetters,
  messagingReasons,
  replayDeadLetter,
  rewindConsumer,
} from '@mainstay/messaging';
import { bindService, type ServiceBinding } from '@mainstay/rpc';
import type { OperatedEvents } from '../definition/operated-service.ts';
import { deadLetterMessage, type EventSchemas, eventMessage } from './event-message.ts';
import { actorOfCall, type FindOperated, unknown } from './find-operated.ts';

const defaultPageSize = 50;
const defaultLookAt = 100;
/** A look when nobody told of an arrival. */
const tailIntervalMs = 1_000;

/** Binds what operators see of events and do with them. */
export function bindEventAdmin(find: FindOperated, clock: Clock): ServiceBinding {
  return bindService(EventAdminService, {
    async listEvents(request) {
      const { events } = find(request);
      const { service: source, last } = request;
      const bus = busOf(events, source);
      const newest = await bus.newest(source);
      const after = last > 0 ? max(newest - BigInt(last), 0n) : request.after;
      const read = await bus.read({ source, after, limit: last || request.limit || defaultLookAt });
      const schemas = schemasOf(events);
      return {
        events: read.filter(wanted(request)).map((event) => eventMessage(event, schemas)),
        nextAfter: read.at(-1)?.position ?? after,
      };
    },
    async *tailEvents(request, { signal }) {
      const { events } = find(request);
      const source = request.service;
      const bus = busOf(events, source);
      const schemas = schemasOf(events);
      const isWanted = wanted(request);
      let after = request.after ?? (await bus.newest(source));
      const pause = createPause(clock, signal);
      const forget = bus.onArrival(source, () => pause.cut());
      try {
        while (!signal.aborted) {
          const read = await bus.read({ source, after, limit: defaultLookAt });
          after = read.at(-1)?.position ?? after;
          for (const event of read.filter(isWanted))
            yield { event: eventMessage(event, schemas), position: event.position };
          if (read.length === 0) await pause.wait(tailIntervalMs);
        }
      } finally {
        forget();
      }
    },
    async listConsumers(request) {
      const { events } = find(request);
      if (events.consumers.length === 0) return {};
      const positions = await listConsumerPositions(events.database);
      const sources = [...new Set(positions.map(({ source }) => source))];
      const { bus } = events;
      const newest = new Map(
        await Promise.all(sources.map(async (source) => [source, (await bus?.newest(source)) ?? 0n] as const)),
      );
      return { consumers: positions.map((position) => ({ ...position, newest: newest.get(position.source) ?? 0n })) };
    },
    async replayEvents(request) {
      const { events } = find(request);
      const { consumer, source, from, reason } = request;
      const declared = events.consumers.find(({ name }) => name === consumer);
      if (declared?.sources.includes(source) !== true) {
        const message = `${request.service} has no consumer ${consumer} of ${source}`;
        throw new PlatformError(messagingReasons.CONSUMER_UNKNOWN, message);
      }
      const bus = busOf(events, request.service);
      const newest = await bus.newest(source);
      const position =
        from.case === 'time' ? await bus.positionBefore(source, timestampDate(from.value)) : (from.value ?? 0n);
      const after = position > newest ? newest : position;
      await rewindConsumer(events.database, { consumer, source, position: after, actor: actorOfCall(), why: reason });
      return { after, newest };
    },
    async listDeadLetters(request) {
      const { events } = find(request);
      if (events.consumers.length === 0) return {};
      const limit = request.pageSize || defaultPageSize;
      const found = await listDeadLetters(events.database, {
        limit: limit + 1,
        minAgeMs: Number(request.minAgeMs),
        ...(request.consumer !== '' && { consumer: request.consumer }),
        ...(request.type !== '' && { type: request.type }),
        ...(request.subject !== '' && { subject: request.subject }),
        ...(request.pageToken !== '' && { before: request.pageToken }),
      });
      const page = found.slice(0, limit);
      const schemas = schemasOf(events);
      return {
        deadLetters: page.map((letter) => deadLetterMessage(letter, schemas)),
        nextPageToken: found.length > limit ? (page.at(-1)?.cursor ?? '') : '',
      };
    },
    async getDeadLetter(request) {
      const { events } = find(request);
      const letter = events.consumers.length === 0 ? undefined : await findDeadLetter(events.database, request);
      if (letter !== undefined) return { deadLetter: deadLetterMessage(letter, schemasOf(events)) };
      const message = `${request.consumer} has no dead letter at position ${request.position} of ${request.source}`;
      throw new PlatformError(messagingReasons.DEAD_LETTER_UNKNOWN, message);
    },
    async replayDeadLetter(request) {
      await replayDeadLetter(databaseOf(find(request).events, request.service), deadLetterAct(request));
      return {};
    },
    async discardDeadLetter(request) {
      await discardDeadLetter(databaseOf(find(request).events, request.service), deadLetterAct(request));
      return {};
    },
  });
}

interface LetterRequest {
  readonly consumer: string;
  readonly source: string;
  readonly position: bigint;
  readonly reason: string;
}

function deadLetterAct({ consumer, source, position, reason }: LetterRequest) {
  return { consumer, source, position, actor: actorOfCall(), why: reason };
}

function busOf({ bus }: OperatedEvents, service: string): Bus {
  return bus ?? unknown(`the process of ${service} knows no bus`);
}

function databaseOf({ database, consumers }: OperatedEvents, service: string): OperatedEvents['database'] {
  return consumers.length === 0 ? unknown(`${service} consumes no events`) : database;
}

function schemasOf({ tells, consumers }: OperatedEvents): EventSchemas {
  const handled = consumers.flatMap(({ handlers }) => handlers.map(({ schema }) => schema));
  return new Map([...tells, ...handled].map((schema) => [schema.typeName, schema]));
}

function wanted({ type, subject }: { readonly type: string; readonly subject: string }) {
  return (event: { readonly type: string; readonly subject: string }): boolean =>
    (type === '' || event.type === type) && (subject === '' || event.subject === subject);
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
