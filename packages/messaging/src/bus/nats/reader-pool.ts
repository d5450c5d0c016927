import type { JsMsg } from '@nats-io/jetstream';
import type { NatsLink } from './nats-link.ts';
import { StreamReader } from './stream-reader.ts';

/** What is read from a stream. */
export interface StreamQuery {
  readonly stream: string;
  /** Sequence of the message in front of the first one wanted. */
  readonly after: number;
  readonly limit: number;
}

/** More than a process has consumers; the reader that was used longest ago goes first. */
const mostReaders = 64;

/** Keeps a reader for everybody who reads on from where he was, so that a batch costs one question. */
export class ReaderPool {
  readonly #link: NatsLink;
  /** By stream and the sequence behind which each stands; the one used longest ago first. */
  readonly #idle = new Map<string, StreamReader>();

  constructor(link: NatsLink) {
    this.#link = link;
  }

  /** Messages in their order; empty when there are none, or no such stream. */
  async read(query: StreamQuery): Promise<readonly JsMsg[]> {
    const idle = this.#take(placeOf(query));
    if (idle !== undefined) {
      try {
        return await this.#use(idle, query);
      } catch {
        // The server forgets a reader that rested for long, and all of them when it starts anew: read with another one.
      }
    }
    const { stream, after } = query;
    const opened = await StreamReader.open(this.#link, { stream, from: { sequence: after + 1 } });
    return opened === undefined ? [] : await this.#use(opened, query);
  }

  async #use(reader: StreamReader, query: StreamQuery): Promise<readonly JsMsg[]> {
    try {
      const messages = await reader.read(query.limit);
      this.#keep(placeOf({ ...query, after: messages.at(-1)?.seq ?? query.after }), reader);
      return messages;
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  #take(place: string): StreamReader | undefined {
    const reader = this.#idle.get(place);
    this.#idle.delete(place);
    return reader;
  }

  #keep(place: string, reader: StreamReader): void {
    this.#take(place)?.close();
    this.#idle.set(place, reader);
    if (this.#idle.size <= mostReaders) return;
    const [oldest] = this.#idle.keys();
    this.#take(oldest!)?.close();
  }
}

function placeOf({ stream, after }: StreamQuery): string {
  return `${stream} ${after}`;
}
