import type { Message } from '@bufbuild/protobuf';

interface Waiting {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: unknown): void;
}

/**
 * Messages that arrived and wait for their reader, as a stream of one reader.
 *
 * Ends by itself, or fails after what arrived before the failure was read. A reader that gives up early (`return`)
 * drops what waits.
 */
export class MessageQueue implements AsyncIterable<Message>, AsyncIterator<Message, undefined> {
  /** Messages with the bytes to give back for each. */
  #messages: Message[] = [];
  #bytes: number[] = [];
  #first = 0;
  #waiting: Waiting[] = [];
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;
  readonly #onTaken: (bytes: number) => void;
  readonly #onReturn: () => void;

  constructor(events: { onTaken(bytes: number): void; onReturn(): void }) {
    this.#onTaken = (bytes) => events.onTaken(bytes);
    this.#onReturn = () => events.onReturn();
  }

  push(message: Message, bytes: number): void {
    if (this.#isEnded) {
      this.#onTaken(bytes);
      return;
    }
    const reader = this.#waiting.shift();
    if (reader === undefined) {
      this.#messages.push(message);
      this.#bytes.push(bytes);
      return;
    }
    this.#onTaken(bytes);
    reader.resolve({ done: false, value: message });
  }

  end(): void {
    this.#isEnded = true;
    for (const reader of this.#waiting.splice(0)) reader.resolve({ done: true, value: undefined });
  }

  /** @param isAtOnce - drops what waits, instead of letting it be read first. */
  fail(error: unknown, isAtOnce = false): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (isAtOnce) this.#drop();
    const [reader, ...others] = this.#waiting.splice(0);
    if (reader === undefined) this.#failure = { error };
    else reader.reject(error);
    for (const other of others) other.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#first < this.#messages.length) {
      const value = this.#messages[this.#first]!;
      const bytes = this.#bytes[this.#first]!;
      this.#first += 1;
      if (this.#first === this.#messages.length) this.#clear();
      else if (this.#first === 1_024) this.#compact();
      this.#onTaken(bytes);
      return Promise.resolve({ done: false, value });
    }
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<Message, undefined>> {
    const wasEnded = this.#isEnded;
    this.#drop();
    this.#failure = undefined;
    this.end();
    if (!wasEnded) this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #drop(): void {
    let bytes = 0;
    for (let i = this.#first; i < this.#bytes.length; i++) bytes += this.#bytes[i]!;
    this.#clear();
    if (bytes > 0) this.#onTaken(bytes);
  }

  #clear(): void {
    this.#messages.length = 0;
    this.#bytes.length = 0;
    this.#first = 0;
  }

  #compact(): void {
    this.#messages = this.#messages.slice(this.#first);
    this.#bytes = this.#bytes.slice(this.#first);
    this.#first = 0;
  }
}
