import { AckPolicy, type Consumer, DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { busUnavailable, isStreamMissing } from './nats-failure.ts';
import type { NatsLink } from './nats-link.ts';

/** Where a reader begins, and what it reads. */
export interface ReaderStart {
  readonly stream: string;
  /** The first message wanted, by its sequence or by the time at which it was stored. */
  readonly from: { readonly sequence: number } | { readonly time: Date };
  /** Leaves out what the messages hold. */
  readonly headersOnly?: boolean;
}

/** The server forgets a reader that asked for nothing for so long. */
const idleMs = 60_000;
const fetchMs = 5_000;

/**
 * Reads a stream forward, as fast as it is asked.
 *
 * It stands on an ephemeral consumer that acknowledges nothing: what was read is noted by whoever had its effect. After
 * an error it is of no use any more; another one begins where the last message was.
 *
 * Cost: one question a batch, one more when nothing was known to be left.
 */
export class StreamReader {
  readonly #link: NatsLink;
  readonly #consumer: Consumer;
  /** Messages that the server holds behind the last one read, as far as is known. */
  #left: number;
  #delivered = 0;

  private constructor(link: NatsLink, { consumer, left }: { readonly consumer: Consumer; readonly left: number }) {
    this.#link = link;
    this.#consumer = consumer;
    this.#left = left;
  }

  /** Opens a reader; undefined when there is no such stream. */
  static async open(link: NatsLink, { stream, from, headersOnly }: ReaderStart): Promise<StreamReader | undefined> {
    const start =
      'time' in from
        ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: from.time.toISOString() }
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from.sequence };
    try {
      const config = {
        ...start,
        ack_policy: AckPolicy.None,
        inactive_threshold: nanos(idleMs),
        mem_storage: true,
        headers_only: headersOnly === true,
      };
      const info = await link.answer(() => link.jsm.consumers.add(stream, config));
      const consumer = link.js.consumers.getConsumerFromInfo(info);
      return new StreamReader(link, { consumer, left: info.num_pending });
    } catch (error) {
      if (isStreamMissing(error)) return undefined;
      throw busUnavailable(`does not read ${stream}`, error);
    }
  }

  /** The next messages, at most `limit`; empty when there are none. */
  async read(limit: number): Promise<readonly JsMsg[]> {
    try {
      if (this.#left === 0) this.#left = (await this.#link.answer(() => this.#consumer.info())).num_pending;
      return this.#left === 0 ? [] : await this.#link.answer(() => this.#fetch(Math.min(limit, this.#left)));
    } catch (error) {
      throw busUnavailable('does not read on', error);
    }
  }

  /** Lets the server forget it, soon. */
  close(): void {
    // It forgets it by itself a little later.
    this.#consumer.delete().catch(() => false);
  }

  async #fetch(count: number): Promise<readonly JsMsg[]> {
    const messages: JsMsg[] = [];
    for await (const message of await this.#consumer.fetch({ max_messages: count, expires: fetchMs })) {
      this.#delivered += 1;
      const { deliverySequence, pending } = message.info;
      if (deliverySequence !== this.#delivered) throw busUnavailable('lost a message on the way');
      this.#left = pending;
      messages.push(message);
    }
    if (messages.length < count) throw busUnavailable(`gave ${messages.length} messages of ${count}`);
    return messages;
  }
}
