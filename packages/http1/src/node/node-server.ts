import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { HttpServer, HttpServerOptions } from '../http-server.ts';
import { listen } from '../listen.ts';
import { answerBrokenConnection } from './connection-fault.ts';
import { framingFault } from './framing-fault.ts';
import { NodeAnswer, type Upgrade } from './node-answer.ts';
import { NodeRequest } from './node-request.ts';
import { noteRunningAnswer, runningAnswer } from './running-answer.ts';

/** How often slow requests are looked for; a request may take this much longer than its limit. */
const slowCheckIntervalMs = 1_000;
/** How much longer than an idle connection one may last on which nothing moves, because a call takes its time. */
const longestCallMs = 60_000;

/** Makes a server over `node:http`. */
export function createNodeServer(options: HttpServerOptions): HttpServer {
  return new NodeServer(options);
}

class NodeServer implements HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: Server;
  /** Connections on which a request was refused: what follows may be a piece of it. */
  readonly #refused = new WeakSet<Socket>();
  #isGoing = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#server = createServer({
      requestTimeout: options.requestTimeoutMs,
      keepAliveTimeout: options.keepAliveMs,
      headersTimeout: options.headTimeoutMs,
      connectionsCheckingInterval: slowCheckIntervalMs,
      maxHeaderSize: options.maxHeadBytes,
      // Checked with the request, so that its refusal is the one of the server's owner.
      requireHostHeader: false,
      // Else of two that differ the first would be taken, and a proxy in front may have taken the second.
      joinDuplicateHeaders: true,
      shouldUpgradeCallback: isWebSocketHandshake,
    });
    this.#server.setTimeout(options.keepAliveMs + longestCallMs);
    // With a listener of their own Node neither invites a body nor refuses an expectation by itself.
    for (const event of ['request', 'checkContinue', 'checkExpectation']) this.#server.on(event, this.#onRequest);
    this.#server.on('upgrade', (message, socket, head) => this.#onUpgrade(message, { socket, head }));
    // Node would close the connection without a word.
    this.#server.on('connect', (message, socket) => this.#answerLast(message, socket as Socket, undefined));
    this.#server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) =>
      answerBrokenConnection(code, { socket, running: runningAnswer(socket) }, options),
    );
  }

  listen(host: string, port: number): Promise<AddressInfo> {
    return listen(this.#server, host, port);
  }

  quiet(ms: number): Promise<void> {
    this.#isGoing = true;
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      // Of `net`: that of `http` closes idle connections at once.
      NetServer.prototype.close.call(this.#server, () => {
        cancel();
        resolve();
      });
    });
  }

  close(): Promise<void> {
    this.#isGoing = true;
    // An error says only that it does not listen, which is what is wanted.
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  abort(): Promise<void> {
    this.#server.closeAllConnections();
    return this.close();
  }

  readonly #onRequest = (message: IncomingMessage, response: ServerResponse<IncomingMessage>): void =>
    this.#serve(message, response, undefined);

  #onUpgrade(message: IncomingMessage, upgrade: Upgrade): void {
    this.#answerLast(message, upgrade.socket as Socket, upgrade);
  }

  /** Answers a request after which Node no longer reads the connection. */
  #answerLast(message: IncomingMessage, socket: Socket, upgrade: Upgrade | undefined): void {
    socket.on('error', () => socket.destroy());
    const before = runningAnswer(socket);
    if (before !== undefined && !before.writableFinished) {
      // Two answers at once would be mixed.
      before.once('close', () => socket.destroy());
      return;
    }
    const response = new ServerResponse(message);
    response.shouldKeepAlive = false;
    // Nobody reads the connection any more, so the end of the client would never be seen.
    response.once('finish', () => socket.destroySoon());
    response.assignSocket(socket);
    this.#serve(message, response, upgrade);
  }

  #serve(message: IncomingMessage, response: ServerResponse<IncomingMessage>, upgrade: Upgrade | undefined): void {
    if (this.#refused.has(message.socket)) return;
    noteRunningAnswer(response);
    const fault = framingFault(message);
    if (fault !== undefined) {
      this.#refused.add(message.socket);
      const { head, body } = this.#options.onFault('malformed', fault);
      const length = String(Buffer.byteLength(body));
      response.writeHead(head.status, [...head.fields, 'content-length', length, 'connection', 'close']);
      response.end(body);
      return;
    }
    const request = new NodeRequest(message, upgrade !== undefined);
    const answer = new NodeAnswer({ request, response, upgrade }, this.#isGoingNow);
    this.#options.onRequest(request, answer);
  }

  readonly #isGoingNow = (): boolean => this.#isGoing;
}

/** Node hands over handshakes only; others with an `Upgrade` header are answered as if they had none. */
function isWebSocketHandshake({ headers, method }: IncomingMessage): boolean {
  return method === 'GET' && /^\s*websocket\s*$/i.test(headers.upgrade ?? '');
}
