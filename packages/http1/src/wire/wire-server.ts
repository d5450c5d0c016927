import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { HttpServer, HttpServerOptions } from '../http-server.ts';
import { listen } from '../listen.ts';
import { AnswerTails } from './answer/answer-tails.ts';
import { Connection } from './connection/connection.ts';
import type { ConnectionServer } from './connection/connection-server.ts';
import { sweepMs } from './limits.ts';

/** Makes a server on our own HTTP/1.1, over `node:net`. */
export function createWireServer(options: HttpServerOptions): HttpServer {
  return new WireServer(options);
}

/** Sockets in, connections kept; limits of time are looked at once a second for all of them. */
class WireServer implements HttpServer, ConnectionServer {
  readonly options: HttpServerOptions;
  readonly tails: AnswerTails;
  isQuiet = false;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #cancelSweep: () => void = () => undefined;
  #closed: Promise<void> | undefined;

  constructor(options: HttpServerOptions) {
    this.options = options;
    this.tails = new AnswerTails(options.clock, options.keepAliveMs);
    // A client that has said its last still hears its answer.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  async listen(host: string, port: number): Promise<AddressInfo> {
    const address = await listen(this.#server, host, port);
    this.#scheduleSweep();
    return address;
  }

  async quiet(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.options.clock.after(ms, resolve);
    await Promise.race([promise, this.#stopListening()]);
    cancel();
  }

  close(): Promise<void> {
    const closed = this.#stopListening();
    for (const connection of this.#connections) connection.closeIfIdle();
    return closed;
  }

  abort(): Promise<void> {
    const closed = this.#stopListening();
    for (const connection of this.#connections) connection.cut();
    return closed;
  }

  readonly #forget = (connection: Connection): void => void this.#connections.delete(connection);

  #accept(socket: Socket): void {
    this.#connections.add(new Connection(socket, this, this.#forget));
  }

  #stopListening(): Promise<void> {
    this.isQuiet = true;
    this.#closed ??= new Promise((resolve) => {
      // An error says only that it does not listen, which is what is wanted.
      this.#server.close(() => {
        this.#cancelSweep();
        resolve();
      });
    });
    return this.#closed;
  }

  #scheduleSweep(): void {
    this.#cancelSweep = this.options.clock.after(sweepMs, () => {
      const nowMs = this.options.clock.monotonicMs();
      this.tails.refresh();
      for (const connection of this.#connections) connection.sweep(nowMs);
      this.#scheduleSweep();
    });
  }
}
