import { PlatformError } from '@mainstay/kernel';
import type { StreamInfo } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { messagingReasons } from '../../errors.ts';
import type { CloudEvent } from '../../event/cloud-event.ts';
import type { Publication } from '../bus.ts';
import { epochOf, headersOf, idOf } from './event-headers.ts';
import { busUnavailable, isStreamMissing, isWrongSequence } from './nats-failure.ts';
import type { NatsLink } from './nats-link.ts';
import type { StreamNames } from './stream-names.ts';
import { StreamReader } from './stream-reader.ts';

/** What is known of the end of a stream, exact as long as nobody else publishes. */
interface Tail {
  /** Sequence of the last message. */
  last: number;
  /** Epoch of the relay that published it. */
  epoch: number;
  /** Ids of the last events. */
  readonly ids: Set<string>;
}

type SourcedEvent = CloudEvent & { readonly source: string };

/** What the server says to the last of a chain; a `duplicate` is one whose id it remembers. */
type Answer = 'stored' | 'duplicate' | 'refused';

/** As many events as a relay may have published and not yet noted: its largest batch. */
const rememberedEvents = 10_000;
/** Events that are sent before the server is asked for an answer. */
const chainLength = 250;
/** For how long the server knows by itself which ids it has; it holds each in memory for that time. */
const duplicateWindowMs = 120_000;
const answerMs = 5_000;
const mostAttempts = 3;

/**
 * Appends the events of one source to its stream, in order and once each.
 *
 * Every message names the sequence that it has to follow. So the server refuses all behind one that it did not store, and
 * the answer to the last of a chain speaks for the whole chain; and a relay that slept is refused as soon as another one
 * has published: it then looks at the end of the stream, and finds a later epoch, or its own events.
 *
 * Cost: one answer for 250 events; when it begins, and after a refusal, the headers of the last 10,000 messages.
 */
export class SourcePublisher {
  readonly #link: NatsLink;
  readonly #names: StreamNames;
  readonly #replicas: number;
  #tail: Tail | undefined;
  /** When the stream was made that events went to so far. */
  #created: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(link: NatsLink, names: StreamNames, replicas: number) {
    this.#link = link;
    this.#names = names;
    this.#replicas = replicas;
  }

  /** Appends what is new, behind whatever is being appended; tells how many that were. */
  publish(publication: Publication): Promise<number> {
    const turn = this.#turn.then(() => this.#publish(publication));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Told when the stream was made that is there now, undefined for none: what is known of another one is forgotten. */
  noteStream(created: string | undefined): void {
    if (created === this.#created) return;
    this.#created = created;
    this.#tail = undefined;
  }

  async #publish({ source, epoch, events }: Publication): Promise<number> {
    const sourced = events.map((event) => ({ ...event, source }));
    const known = new Set<string>();
    let stored = 0;
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const tail = (this.#tail ??= await this.#findTail());
      if (tail.epoch > epoch) throw superseded(source, epoch);
      const fresh = sourced.filter(({ id }) => !tail.ids.has(id) && !known.has(id));
      // After a refusal one by one, so that the server says of each what became of it.
      const length = attempt === 1 ? chainLength : 1;
      let answer: Answer = 'stored';
      for (let from = 0; from < fresh.length && answer !== 'refused'; from += length) {
        const chain = fresh.slice(from, from + length);
        answer = await this.#append(chain, { tail, epoch });
        // The end of the stream was just looked at and is the right one, so this event stands somewhere before it.
        if (answer === 'duplicate' && attempt > 1) known.add(chain[0]!.id);
        else if (answer === 'stored') stored += chain.length;
        else answer = 'refused';
      }
      if (answer !== 'refused') return stored;
      this.#tail = undefined;
    }
    throw busUnavailable(`has other publishers of ${source}`);
  }

  async #append(
    chain: readonly SourcedEvent[],
    { tail, epoch }: { readonly tail: Tail; readonly epoch: number },
  ): Promise<Answer> {
    const { connection, js } = this.#link;
    const last = chain.length - 1;
    const messages = chain.map((event, place) => ({
      subject: this.#names.subjectOf(event.type),
      data: event.data,
      headers: headersOf(event, { epoch, behind: tail.last + place }),
    }));
    try {
      for (const { subject, data, headers } of messages.slice(0, last)) connection.publish(subject, data, { headers });
      const { subject, data, headers } = messages[last]!;
      const answer = await this.#link.answer(() => js.publish(subject, data, { headers, timeout: answerMs }));
      if (answer.duplicate) return 'duplicate';
      tail.last = answer.seq;
    } catch (error) {
      if (isWrongSequence(error)) return 'refused';
      this.#tail = undefined;
      throw busUnavailable('does not store events', error);
    }
    tail.epoch = epoch;
    for (const { id } of chain) remember(tail.ids, id);
    return 'stored';
  }

  async #findTail(): Promise<Tail> {
    const { last_seq: last, first_seq: first } = await this.#openStream();
    const tail: Tail = { last, epoch: 0, ids: new Set() };
    const sequence = Math.max(1, first, last - rememberedEvents + 1);
    const reader = await StreamReader.open(this.#link, {
      stream: this.#names.stream,
      from: { sequence },
      headersOnly: true,
    });
    if (reader === undefined) throw busUnavailable(`has lost the stream ${this.#names.stream}`);
    for (let read = await reader.read(1_000); read.length > 0; read = await reader.read(1_000)) {
      for (const message of read) {
        tail.ids.add(idOf(message));
        tail.last = message.seq;
        tail.epoch = epochOf(message);
      }
    }
    reader.close();
    return tail;
  }

  async #openStream(): Promise<StreamInfo['state']> {
    const { jsm } = this.#link;
    const { stream: name, subjects } = this.#names;
    const known = this.#created;
    try {
      const present = await this.#link
        .answer(() => jsm.streams.info(name))
        .catch((error: unknown) => {
          if (isStreamMissing(error)) return undefined;
          throw error;
        });
      // The relay has to look first which events such a stream should have.
      this.#created = present?.created;
      if (known !== undefined && present?.created !== known) throw busUnavailable(`has lost the stream ${name}`);
      if (present !== undefined) return present.state;
      const config = { num_replicas: this.#replicas, duplicate_window: nanos(duplicateWindowMs), deny_delete: true };
      const made = await this.#link.answer(() => jsm.streams.add({ name, subjects: [subjects], ...config }));
      this.#created = made.created;
      return made.state;
    } catch (error) {
      throw busUnavailable(`does not open the stream ${name}`, error);
    }
  }
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  if (ids.size <= rememberedEvents) return;
  for (const oldest of ids) {
    ids.delete(oldest);
    return;
  }
}

function superseded(source: string, epoch: number): PlatformError {
  const message = `a relay of ${source} with a later epoch than ${epoch} has published`;
  return new PlatformError(messagingReasons.RELAY_SUPERSEDED, message);
}
