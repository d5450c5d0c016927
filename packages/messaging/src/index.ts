export type { Bus, BusQuery, Publication } from './bus/bus.ts';
export { purgeBus } from './bus/postgres/bus-store.ts';
export { busChannel, createPostgresBus, type PostgresBusOptions } from './bus/postgres/postgres-bus.ts';
export { startConsumer } from './consumer/consumer.ts';
export type { ConsumerOptions } from './consumer/consumer-options.ts';
export { type ConsumerPosition, listConsumerPositions } from './consumer/consumer-positions.ts';
export {
  type EventDelivery,
  type EventHandler,
  type EventsDelivery,
  onEvent,
  onEvents,
} from './consumer/handler.ts';
export { type InboxKey, purgeInbox, readCursor } from './consumer/inbox-store.ts';
export { listMissedEvents, type MissedEvents } from './consumer/missed-events.ts';
export { type Rewind, rewindConsumer } from './consumer/rewind.ts';
export {
  type DeadLetter,
  type DeadLetterAction,
  type DeadLetterQuery,
  discardDeadLetter,
  findDeadLetter,
  listDeadLetters,
  replayDeadLetter,
} from './dead-letters/dead-letters.ts';
export { type InboxAction, listInboxActions } from './dead-letters/inbox-actions.ts';
export { messagingReasons } from './errors.ts';
export { type CloudEvent, type EventDraft, type PublishedEvent, readEvent, tell } from './event/cloud-event.ts';
export type { EventMakerOptions } from './event/event-maker.ts';
export type { Aggregate, AggregateQuery, Loaded } from './event-store/aggregate.ts';
export {
  createEventForms,
  type EventForm,
  type EventForms,
  type EventFormTable,
  eventForm,
} from './event-store/event-forms.ts';
export {
  createEventStore,
  type EventStore,
  type EventStoreOptions,
  type StreamAppend,
  type StreamQuery,
} from './event-store/event-store.ts';
export type { StreamEvent } from './event-store/stream-event.ts';
export { type Upcast, upcast } from './event-store/upcast.ts';
export { busMigrations, eventStoreMigrations, inboxMigrations, outboxMigrations } from './migrations.ts';
export { createOutbox, type Outbox } from './outbox/outbox.ts';
export { listOverdueEvents, type OverdueEvent, outboxBacklog, purgeOutbox } from './outbox/outbox-store.ts';
export { type Relay, type RelayOptions, startRelay } from './outbox/relay.ts';
export type { FollowOptions } from './projection/follower.ts';
export type { Project, Projection } from './projection/projection.ts';
export type { ProjectionStatus } from './projection/projection-status.ts';
export { createProjections, type Projections, type ProjectionsOptions } from './projection/projections.ts';
export type { RebuildOptions, Rebuilt } from './projection/rebuild-projection.ts';
export type { Wakes, Worker } from './worker/worker.ts';
