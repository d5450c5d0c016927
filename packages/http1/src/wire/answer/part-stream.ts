import type { Outlet } from './outlet.ts';

/** What a stream of parts tells its connection. */
export interface PartStreamSink {
  /** The last part is in the outlet. */
  onStreamEnd(): void;
  /** The parts ended with a failure: the answer has no end. */
  onStreamFailure(): void;
}

/** How an answer's parts leave. */
export interface PartStreamOptions {
  readonly outlet: Outlet;
  readonly sink: PartStreamSink;
  readonly isChunked: boolean;
}

/**
 * Sends the parts of one answer: the next is asked for when the socket has taken those before.
 *
 * States: asking → a part on its way → asking … → over.
 */
export class PartStream {
  readonly #parts: AsyncIterator<string | Uint8Array>;
  readonly #options: PartStreamOptions;
  #isAsking = false;
  #isOver = false;

  constructor(parts: AsyncIterable<string | Uint8Array>, options: PartStreamOptions) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#options = options;
  }

  /** Asks for the next part, unless that was done already. */
  pull(): void {
    if (this.#isAsking || this.#isOver) return;
    this.#isAsking = true;
    this.#parts.next().then(this.#onPart, this.#onFailure);
  }

  /** Lets go of the parts: nobody wants them any more. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // Whoever made the parts is told; what it says to that has no hearer.
    this.#parts.return?.().then(undefined, () => undefined);
  }

  readonly #onPart = ({ done, value }: IteratorResult<string | Uint8Array>): void => {
    this.#isAsking = false;
    if (this.#isOver) return;
    const { outlet, sink, isChunked } = this.#options;
    if (done === true) {
      this.#isOver = true;
      if (isChunked) outlet.addText('0\r\n\r\n');
      sink.onStreamEnd();
      return;
    }
    addPart(outlet, value, isChunked);
    if (outlet.isEmpty) this.pull();
    else outlet.flush();
  };

  readonly #onFailure = (): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.sink.onStreamFailure();
  };
}

/** An empty part would be the end of a body in chunks. */
function addPart(outlet: Outlet, part: string | Uint8Array, isChunked: boolean): void {
  const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
  if (bytes.byteLength === 0) return;
  if (isChunked) outlet.addText(`${bytes.byteLength.toString(16)}\r\n`);
  outlet.addBytes(bytes);
  if (isChunked) outlet.addText('\r\n');
}
