import { connect, type Socket } from 'node:net';

/** What came of a load. */
export interface ClosedLoadReport {
  readonly answers: number;
  /** How often each status was answered, those of problems with their reason, such as `404 ROUTE_NOT_FOUND`. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** The first answers that no client can help, in the order in which they came. */
  readonly failures: readonly ClosedLoadFailure[];
}

/** An answer with a status of 500 or more. */
export interface ClosedLoadFailure {
  /** Answers before it. */
  readonly after: number;
  /** Monotonic, when it came and when it was asked for. */
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly problem: string;
}

/** Failures that are remembered; further ones are counted alone. */
const mostFailures = 50;

/** Keeps connections busy, each with the next request when the last one is answered. */
export class ClosedLoad implements Disposable {
  readonly #port: number;
  readonly #requestAt: (n: number) => string;
  readonly #sockets = new Set<Socket>();
  readonly #outcomes = new Map<string, number>();
  readonly #failures: ClosedLoadFailure[] = [];
  #sent = 0;
  #answers = 0;

  /** @param requestAt - the bytes of the request with this number, head and all. */
  constructor(port: number, requestAt: (n: number) => string) {
    this.#port = port;
    this.#requestAt = requestAt;
  }

  get report(): ClosedLoadReport {
    return { answers: this.#answers, outcomes: this.#outcomes, failures: this.#failures };
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
      let askedMs = 0;
      const next = (): void => {
        askedMs = performance.now();
        if (this.#sent >= count) socket.end();
        else socket.write(this.#requestAt(this.#sent++));
      };
      socket.on('connect', next);
      socket.setEncoding('latin1').on('data', (part: string) => {
        received += part;
        const outcome = outcomeOf(received);
        if (outcome === undefined) return;
        this.#note(outcome, { askedMs, text: received });
        received = '';
        next();
      });
      socket.on('error', reject).on('close', () => {
        this.#sockets.delete(socket);
        resolve();
      });
    });
  }

  #note(outcome: string, { askedMs, text }: { readonly askedMs: number; readonly text: string }): void {
    if (outcome >= '5' && this.#failures.length < mostFailures) {
      const problem = text.slice(text.indexOf('\r\n\r\n') + 4);
      this.#failures.push({ after: this.#answers, askedMs, answeredMs: performance.now(), problem });
    }
    this.#answers += 1;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }
}

/** What came of a request, when its answer is whole; undefined while more is to come. All answers here have a length. */
function outcomeOf(text: string): string | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2));
  if (text.length < end + 4 + Number(length?.[1] ?? 0)) return undefined;
  const status = text.slice(9, 12);
  const reason = status < '400' ? undefined : /"reason":"(\w+)"/.exec(text.slice(end))?.[1];
  return reason === undefined ? status : `${status} ${reason}`;
}
