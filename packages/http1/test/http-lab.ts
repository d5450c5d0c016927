import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { systemClock } from '@mainstay/kernel';
import type { HttpAnswer, HttpRequest, HttpServer, HttpServerOptions } from '../src/http-server.ts';

/** A server that listens, and what it told. */
export interface HttpLab extends AsyncDisposable {
  readonly server: HttpServer;
  readonly address: AddressInfo;
  /** `method target` of each answer that is over, with whether it left as a whole. */
  readonly closes: readonly string[];
  readonly faults: readonly string[];
  dial(): Promise<Client>;
  /** Sends bytes as they are, and gives all that comes until the connection ends. */
  exchange(text: string): Promise<string>;
}

export type Handle = (request: HttpRequest, answer: HttpAnswer) => void;
export type CreateServer = (options: HttpServerOptions) => HttpServer;

const statusOf = { malformed: 400, head_too_large: 431, too_slow: 408 };

/** Starts a server whose refusals name their fault. */
export async function startHttpLab(
  create: CreateServer,
  handle: Handle,
  options: Partial<HttpServerOptions> = {},
): Promise<HttpLab> {
  const closes: string[] = [];
  const faults: string[] = [];
  const clients = new Set<Client>();
  const server = create({
    maxHeadBytes: 16_384,
    headTimeoutMs: 10_000,
    requestTimeoutMs: 60_000,
    keepAliveMs: 5_000,
    clock: systemClock,
    onDefect(error) {
      throw error;
    },
    ...options,
    onRequest(request, answer) {
      const { method, target } = request;
      answer.watcher = { onClose: (isWhole) => void closes.push(`${method} ${target} ${isWhole}`) };
      handle(request, answer);
    },
    onFault(fault, detail) {
      faults.push(fault);
      return { head: { status: statusOf[fault], fields: ['content-type', 'text/plain'] }, body: detail };
    },
  });
  const address = await server.listen('127.0.0.1', 0);
  const dial = async (): Promise<Client> => {
    const client = new Client(connect(address.port, '127.0.0.1'));
    clients.add(client);
    await client.connected;
    return client;
  };
  return {
    server,
    address,
    closes,
    faults,
    dial,
    async exchange(text) {
      const client = await dial();
      client.write(text);
      await client.closed;
      return client.text;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.socket.destroy();
      await server.abort();
    },
  };
}

/** A client that knows nothing of HTTP. */
export class Client {
  readonly socket: Socket;
  readonly connected: Promise<unknown>;
  /** Resolves when both sides have ended. */
  readonly closed: Promise<void>;
  text = '';
  #waiting: { readonly pattern: RegExp; resolve(text: string): void }[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    this.connected = once(socket, 'connect');
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.text += bytes.toString('latin1');
      this.#look();
    });
  }

  write(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Waits until what has come has something in it; gives it and forgets it. */
  until(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push({ pattern, resolve });
      this.#look();
    });
  }

  #look(): void {
    const first = this.#waiting[0];
    if (first === undefined || !first.pattern.test(this.text)) return;
    this.#waiting.shift();
    const { text } = this;
    this.text = '';
    first.resolve(text);
  }
}

/** Waits until something is so; the time limit is the test's. */
export async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** Answers with method, target and body. */
export const echo: Handle = (request, answer) => {
  answer.inviteBody();
  request.readBody(1_000_000).then(
    (body) =>
      answer.send({ status: 200, fields: [] }, `${request.method} ${request.target} ${Buffer.from(body).toString()}`),
    () => answer.abort(),
  );
};
