import type { JsMsg } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { CloudEvent, PublishedEvent } from '../../event/cloud-event.ts';

/** What a message tells the server and later relays beside its event. */
export interface Provenance {
  readonly epoch: number;
  /** Sequence that the stream must stand at, or the server refuses the message. */
  readonly behind: number;
}

const epochHeader = 'mainstay-epoch';
/** What a header may hold as it is; everything else is percent-encoded. */
const plain = /^[!#$&-~]+$/;

/**
 * Headers of an event in the binary mode of CloudEvents.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/nats-protocol-binding.md
 */
export function headersOf(event: CloudEvent & { readonly source: string }, { epoch, behind }: Provenance): MsgHdrs {
  const made = headers();
  made.set('Nats-Msg-Id', event.id);
  made.set('Nats-Expected-Last-Sequence', String(behind));
  made.set(epochHeader, String(epoch));
  made.set('content-type', 'application/protobuf');
  made.set('ce-specversion', '1.0');
  made.set('ce-id', event.id);
  made.set('ce-source', event.source);
  made.set('ce-type', event.type);
  made.set('ce-subject', plain.test(event.subject) ? event.subject : encodeURIComponent(event.subject));
  made.set('ce-time', event.time.toISOString());
  if (event.traceparent !== null) made.set('ce-traceparent', event.traceparent);
  return made;
}

/** Reads the event of a message back. */
export function eventOf(message: JsMsg): PublishedEvent {
  return {
    source: header(message, 'ce-source'),
    position: BigInt(message.seq),
    id: idOf(message),
    type: header(message, 'ce-type'),
    subject: decodeURIComponent(header(message, 'ce-subject')),
    time: timeOf(message),
    traceparent: header(message, 'ce-traceparent') || null,
    data: message.data,
  };
}

/** Id of the event of a message. */
export function idOf(message: JsMsg): string {
  return header(message, 'ce-id');
}

/** When the event of a message happened. */
export function timeOf(message: JsMsg): Date {
  return new Date(header(message, 'ce-time'));
}

/** Epoch of the relay that published a message; 0 when a stranger did. */
export function epochOf(message: JsMsg): number {
  return Number(header(message, epochHeader)) || 0;
}

function header({ headers: given }: JsMsg, name: string): string {
  return given?.get(name) ?? '';
}
