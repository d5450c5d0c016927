import { connect, type Socket } from 'node:net';

/** What came of a load. */
export interface ClosedLoadReport {
  readonly answers: number;
  /** How often each status was answered. */
  readonly statuses: ReadonlyMap<number, number>;
}

/** Keeps connections busy, each with the next request when the last one is answered. */
export class ClosedLoad implements Disposable {
  readonly #port: number;
  readonly #requestAt: (n: number) => string;
  readonly #sockets = new Set<Socket>();
  readonly #statuses = new Map<number, number>();
  #sent = 0;
  #answers = 0;

  /** @param requestAt - the bytes of the request with this number, head and all. */
  constructor(port: number, requestAt: (n: number) => string) {
    this.#port = port;
    this.#requestAt = requestAt;
  }

  get report(): ClosedLoadReport {
    return { answers: this.#answers, statuses: this.#statuses };
  }

  /** Sends until so many requests have been sent over all runs, and resolves when they are answered. */
  async sendUpTo(count: number, connections: number): Promise<void> {
    await Promise.all(Array.from({ length: connections }, () => this.#client(count)));
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #client(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1');
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      let received = '';
      const next = (): void => {
        if (this.#sent >= count) socket.end();
        else socket.write(this.#requestAt(this.#sent++));
      };
      socket.on('connect', next);
      socket.setEncoding('latin1').on('data', (part: string) => {
        received += part;
        const status = wholeAnswer(received);
        if (status === undefined) return;
        received = '';
        this.#answers += 1;
        this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
        next();
      });
      socket.on('error', reject).on('close', () => {
        this.#sockets.delete(socket);
        resolve();
      });
    });
  }
}

/** The status of an answer that is whole; undefined while more is to come. All answers here have a length. */
function wholeAnswer(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2));
  return text.length >= end + 4 + Number(length?.[1] ?? 0) ? Number(text.slice(9, 12)) : undefined;
}
