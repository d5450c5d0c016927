import { type DescMessage, fromBinary, type Message, type MessageInitShape, toJsonString } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { DeadLetterSchema, EventSchema } from '@mainstay/contracts/mainstay/operations/v1/events';
import type { DeadLetter, PublishedEvent } from '@mainstay/messaging';
import { fieldSensitivity } from '@mainstay/rpc';

/** Contracts of events by their type. */
export type EventSchemas = ReadonlyMap<string, DescMessage>;

/** An event for operators, its message without personal data and secrets. */
export function eventMessage(event: PublishedEvent, schemas: EventSchemas): MessageInitShape<typeof EventSchema> {
  const { source, position, id, type, subject, time, traceparent, data } = event;
  return {
    source,
    position,
    id,
    type,
    subject,
    time: timestampFromDate(time),
    traceId: traceparent?.split('-')[1] ?? '',
    json: jsonOf(schemas.get(type), data),
  };
}

/** A dead letter for operators. */
export function deadLetterMessage(
  letter: DeadLetter,
  schemas: EventSchemas,
): MessageInitShape<typeof DeadLetterSchema> {
  const { consumer, attempts, reason, message, diedAt } = letter;
  return {
    event: eventMessage(letter, schemas),
    consumer,
    attempts,
    reason,
    message,
    diedAt: timestampFromDate(diedAt),
  };
}

function jsonOf(schema: DescMessage | undefined, data: Uint8Array): string {
  if (schema === undefined) return '';
  let message: Message;
  try {
    message = fromBinary(schema, data);
  } catch {
    // Damaged data is why some events are dead letters; their other attributes are shown all the same.
    return '';
  }
  clearSecrets(reflect(schema, message));
  return toJsonString(schema, message, { useProtoFieldName: true });
}

/** Clears what the contract marks as personal or secret, at any depth. */
function clearSecrets(message: ReflectMessage): void {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    const level = fieldSensitivity(field);
    if (level === 'medium' || level === 'high') {
      message.clear(field);
      continue;
    }
    if (field.fieldKind === 'message') clearSecrets(message.get(field));
    if (field.fieldKind === 'list' && field.listKind === 'message') {
      for (const item of message.get(field)) clearSecrets(item as ReflectMessage);
    }
    if (field.fieldKind === 'map' && field.mapKind === 'message') {
      for (const [, item] of message.get(field)) clearSecrets(item as ReflectMessage);
    }
  }
}
