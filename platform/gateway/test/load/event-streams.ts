import { connect, type Socket } from 'node:net';

/** Longest silence of a stream before its first event, in milliseconds; shorter than the pause of heartbeats. */
const firstEventMs = 10_000;

/** Many streams of server-sent events at once, as thin as their client can be. */
export class EventStreams implements Disposable {
  readonly #port: number;
  readonly #requestOf: (n: number) => string;
  readonly #sockets = new Set<Socket>();
  /** From publication to receipt of each change, in milliseconds. */
  readonly tookMs: number[] = [];
  #opened = 0;

  /** @param requestOf - the bytes of the request that opens the stream with this number. */
  constructor(port: number, requestOf: (n: number) => string) {
    this.#port = port;
    this.#requestOf = requestOf;
  }

  /** Streams that are open. */
  get count(): number {
    return this.#sockets.size;
  }

  /**
   * Opens streams, some at a time; resolves when each has told its first event.
   *
   * @throws when one is answered with something else, or ends before.
   */
  async open(count: number, atATime: number): Promise<void> {
    const until = this.#opened + count;
    const openNext = async (): Promise<void> => {
      while (this.#opened < until) await this.#open(this.#opened++);
    };
    await Promise.all(Array.from({ length: atATime }, openNext));
  }

  /** Closes all streams. */
  async close(): Promise<void> {
    const closing = [...this.#sockets].map((socket) => new Promise((resolve) => socket.on('close', resolve)));
    this[Symbol.dispose]();
    await Promise.all(closing);
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(n: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1', () => socket.write(this.#requestOf(n)));
      this.#sockets.add(socket);
      socket.setTimeout(firstEventMs, () =>
        socket.destroy(new Error(`stream ${n} tells nothing for ${firstEventMs} ms`)),
      );
      const begin = (): void => {
        socket.setTimeout(0);
        resolve();
      };
      let received = '';
      socket.setEncoding('latin1').on('data', (part: string) => {
        received += part;
        if (/^HTTP\/1\.1 (?!200 )/.test(received)) socket.destroy(new Error(received));
        for (let end = received.indexOf('\n\n'); end >= 0; end = received.indexOf('\n\n')) {
          this.#note(received.slice(0, end), begin);
          received = received.slice(end + 2);
        }
      });
      socket.on('error', reject).on('close', () => {
        this.#sockets.delete(socket);
        reject(new Error(`a stream ended before its first event: ${received}`));
      });
    });
  }

  #note(event: string, begun: () => void): void {
    const publishedAt = /"tracking_number":"(\d*)"/.exec(event)?.[1];
    if (publishedAt === undefined) return;
    if (publishedAt === '') begun();
    else this.tookMs.push(Number(process.hrtime.bigint() - BigInt(publishedAt)) / 1e6);
  }
}
