import { defineReasons } from '@mainstay/kernel';

/** Reasons that messaging can raise. */
export const messagingReasons = defineReasons({
  EVENT_INVALID: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'An event breaks a rule: its type is not declared, its subject is empty, or it is too large',
    operator: 'File a bug with the type of the event and the rule in the message',
  },
  EVENT_UNREADABLE: {
    code: 'data_loss',
    executed: 'no',
    retry: 'never',
    summary: 'The data of an event is not a message of its type',
    operator: 'Look for a producer with another version of the contract; the event is among the dead letters',
  },
  EVENTS_CONFLICT: {
    code: 'aborted',
    executed: 'no',
    retry: 'now',
    summary: 'A stream of events has grown since it was read',
    operator: 'Nothing; the caller reads the stream again and decides anew',
  },
  EVENTS_MISSED: {
    code: 'data_loss',
    executed: 'no',
    retry: 'never',
    summary:
      'A consumer was away for longer than the bus keeps events: some were removed before it had them, and it stands still',
    operator:
      'Fill what it keeps from the records of the service that told; then send it on with the `mainstay events replay` of the message',
  },
  RELAY_SUPERSEDED: {
    code: 'aborted',
    executed: 'no',
    retry: 'never',
    summary: 'A relay or consumer that had lost its lease tried to write; nothing was written, its successor goes on',
    operator: 'Nothing, unless frequent: then processes stall for longer than the lease',
  },
  BUS_UNAVAILABLE: {
    code: 'unavailable',
    executed: 'maybe',
    retry: 'after',
    summary:
      'The NATS that carries events cannot be reached or does not do what it is asked; events wait in the outboxes',
    operator: 'Look at NATS and its JetStream; relays and consumers go on by themselves once it is back',
  },
  CONSUMER_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'A service has no such consumer of that source',
    operator: 'List the consumers of the service',
  },
  PROJECTION_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'A service has no projection of that name',
    operator: 'List the projections of the service',
  },
  DEAD_LETTER_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'There is no such dead letter; somebody may have dealt with it',
    operator: 'List the dead letters again',
  },
});
