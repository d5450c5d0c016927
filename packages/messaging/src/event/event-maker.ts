import type { DescMessage } from '@bufbuild/protobuf';
import { type Clock, optionError, PlatformError, systemClock } from '@mainstay/kernel';
import { messagingReasons } from '../errors.ts';
import type { CloudEvent, EventDraft } from './cloud-event.ts';
import { eventContract } from './event-contract.ts';
import { newEvent } from './new-event.ts';

/** Which events may be made. */
export interface EventMakerOptions {
  /** Every message that may be told; each has the option `event` in its contract. */
  readonly events: readonly DescMessage[];
  /** Largest encoded message in bytes, 1 to 1,048,576, default 65,536: an event tells what happened, it is no file. */
  readonly maxBytes?: number;
  /** Default the machine's. */
  readonly clock?: Clock;
}

const defaultMaxBytes = 65_536;
const mostBytes = 1_048_576;

/**
 * Makes the function that makes events of drafts.
 *
 * It throws `EVENT_INVALID` for a type that was not declared, an empty or overlong subject, or a message that is too large.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a message that its contract does not make an event.
 */
export function createEventMaker(options: EventMakerOptions): (draft: EventDraft) => CloudEvent {
  const { clock = systemClock, maxBytes = defaultMaxBytes } = options;
  if (!Number.isInteger(maxBytes) || maxBytes < 1 || maxBytes > mostBytes) {
    throw optionError('maxBytes', `an integer from 1 to ${mostBytes}`, maxBytes);
  }
  const contracts = new Map(options.events.map((schema) => [schema.typeName, eventContract(schema)]));
  return ({ schema, message }) => {
    const contract = contracts.get(schema.typeName);
    if (contract !== undefined) return newEvent(contract, message, { clock, maxBytes });
    const text = `${schema.typeName} is not among the events that were declared here`;
    throw new PlatformError(messagingReasons.EVENT_INVALID, text);
  };
}
