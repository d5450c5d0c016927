import type { DescMessage } from '@bufbuild/protobuf';
import { type Clock, type LeaseKeeper, type Logger, type Meter, PlatformError } from '@mainstay/kernel';
import { createOutbox, type Relay, startConsumer, startRelay } from '@mainstay/messaging';
import type { Database } from '@mainstay/postgres';
import type { ConsumerDeclaration, ServiceEvents } from '../definition/declarations.ts';
import { serviceReasons } from '../errors.ts';
import { keepInboxBehindOutbox, keepOutboxFor } from './event-retention.ts';
import type { HostBus } from './host-bus.ts';

/** What the events of one service stand on. */
export interface ServiceEventsOptions {
  /** Name of the service. */
  readonly name: string;
  readonly tells: readonly DescMessage[];
  readonly database: Database;
  /** The same database over a connection that calls do not use. */
  readonly relayDatabase: Database;
  /** Undefined when the process knows none. */
  readonly bus: HostBus | undefined;
  readonly leases: LeaseKeeper;
  /** Days for which outboxes keep events that the bus has, the same in the whole fleet. */
  readonly outboxKeptDays: number;
  /** Aborts when the process drains. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** The events of one service while it runs. */
export interface RunningEvents extends ServiceEvents {
  /** Begins to relay what the service tells and to consume what it listens to; what is disposed of with `parts` ends it. */
  start(consumers: readonly ConsumerDeclaration[], parts: AsyncDisposableStack): void;
}

/** Makes the events of a service; nothing runs before `start`. */
export function createServiceEvents(options: ServiceEventsOptions): RunningEvents {
  const { name, tells, database, relayDatabase, bus, leases, clock, logger, meter, outboxKeptDays } = options;
  const outbox = createOutbox({ events: tells, clock });
  let relay: Relay | undefined;

  return {
    async tell(tx, ...events) {
      await outbox.append(tx, events);
      tx.afterCommit(() => relay?.wake());
    },
    wakes: (work) => bus?.wakesOf(`${name}/${work}`),
    start(consumers, parts) {
      if (bus === undefined) {
        if (consumers.length > 0) throw busMissing(name, consumers);
        if (tells.length > 0) logger.warn('no bus is set: events wait in the outbox', { setting: 'MAINSTAY_BUS_URL' });
        return;
      }
      const shared = { database, bus: bus.bus, leases, clock, logger, meter };
      if (tells.length > 0) {
        relay = parts.use(
          startRelay({ ...shared, source: name, database: relayDatabase, wakes: bus.wakesOf(`${name}/relay`) }),
        );
        parts.use(keepOutboxFor(outboxKeptDays, options));
      }
      for (const consumer of consumers) parts.use(startConsumer({ ...consumer, ...shared }));
      if (consumers.length > 0) parts.use(keepInboxBehindOutbox(outboxKeptDays, options));
    },
  };
}

function busMissing(service: string, consumers: readonly ConsumerDeclaration[]): PlatformError {
  const names = consumers.map(({ name }) => name).join(', ');
  const message = `${service} consumes events (${names}), but MAINSTAY_BUS_URL is not set`;
  return new PlatformError(serviceReasons.BUS_MISSING, message);
}
