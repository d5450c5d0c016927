import { type Message, toBinary } from '@bufbuild/protobuf';
import { type Clock, PlatformError, uuidv7 } from '@mainstay/kernel';
import { currentContext, formatTraceparent } from '@mainstay/kernel/context';
import { messagingReasons } from '../errors.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { EventContract } from './event-contract.ts';

const maxSubjectLength = 200;

/** Makes an event of a message: id, subject, time, and the trace of the call that is being served. */
export function newEvent(
  { schema, subjectOf }: EventContract,
  message: Message,
  { clock, maxBytes }: { readonly clock: Clock; readonly maxBytes: number },
): CloudEvent {
  const subject = subjectOf(message);
  if (subject.length < 1 || subject.length > maxSubjectLength) {
    throw invalid(
      schema.typeName,
      `has a subject of ${subject.length} characters, allowed are 1 to ${maxSubjectLength}`,
    );
  }
  const data = toBinary(schema, message);
  if (data.byteLength > maxBytes) {
    throw invalid(schema.typeName, `has ${data.byteLength} bytes, allowed are ${maxBytes}`);
  }
  const trace = currentContext()?.trace;
  return {
    id: uuidv7(clock),
    type: schema.typeName,
    subject,
    time: new Date(clock.nowMs()),
    traceparent: trace === undefined ? null : formatTraceparent(trace),
    data,
  };
}

function invalid(type: string, what: string): PlatformError {
  return new PlatformError(messagingReasons.EVENT_INVALID, `an event ${type} ${what}`);
}
