import type { Duplex } from 'node:stream';
import type { AnswerHead, AnswerWatcher, HttpAnswer, HttpHeaders, HttpRequest } from '../http-server.ts';
import type { IncomingBody } from './body/incoming-body.ts';

/** What an exchange asks of its connection. */
export interface ExchangeHost {
  readonly remoteAddress: string;
  send(exchange: Exchange, head: AnswerHead, body: string | Uint8Array | undefined): void;
  stream(exchange: Exchange, head: AnswerHead, parts: AsyncIterable<string | Uint8Array>): void;
  inviteBody(exchange: Exchange): void;
  takeOver(exchange: Exchange): { readonly socket: Duplex; readonly head: Buffer };
  cut(): void;
}

/** What is known about a request when its head has been read. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly headers: HttpHeaders;
  /** Whether the client will go on with the connection, as far as it says. */
  readonly isPersistent: boolean;
  readonly expectsContinue: boolean;
  readonly isWebSocket: boolean;
}

const nothing = new Uint8Array(0);

/** One request and its answer: waiting → streaming → answered, or answered at once; then its end is told. */
export class Exchange implements HttpRequest, HttpAnswer {
  watcher: AnswerWatcher | undefined = undefined;
  readonly head: RequestHead;
  readonly method: string;
  readonly target: string;
  readonly headers: HttpHeaders;
  /** Undefined without one. */
  readonly body: IncomingBody | undefined;
  /** Answered when the answer is in the outlet as a whole, or can have none any more. */
  state: 'waiting' | 'streaming' | 'answered' = 'waiting';
  /** Whether a client that waits for it was told to send its body. */
  isInvited = false;
  /** Whether the answer ends with the connection. */
  endsByClose = false;
  /** Whether the connection goes on after the answer; decided with it. */
  keepsConnection = false;
  readonly #host: ExchangeHost;
  #isOver = false;

  constructor(host: ExchangeHost, head: RequestHead, body: IncomingBody | undefined) {
    this.#host = host;
    this.head = head;
    this.method = head.method;
    this.target = head.target;
    this.headers = head.headers;
    this.body = body;
  }

  get version(): '1.0' | '1.1' {
    return this.head.version;
  }

  get remoteAddress(): string {
    return this.#host.remoteAddress;
  }

  get isWebSocket(): boolean {
    return this.head.isWebSocket;
  }

  get bodyLength(): number | undefined {
    return this.body === undefined ? 0 : this.body.announced;
  }

  get isComplete(): boolean {
    return this.body === undefined || this.body.isComplete;
  }

  /** Whether nothing in the request, or in how it is answered, asks for the end of the connection. */
  get mayKeepConnection(): boolean {
    const { isPersistent, expectsContinue } = this.head;
    // A client that was not told to send its body may send another request instead.
    return isPersistent && !this.endsByClose && (!expectsContinue || this.isInvited);
  }

  readBody(limitBytes: number): Promise<Uint8Array> {
    return this.body === undefined ? Promise.resolve(nothing) : this.body.gather(limitBytes);
  }

  async *bodyParts(): AsyncGenerator<Uint8Array> {
    const { body } = this;
    if (body === undefined) return;
    for (;;) {
      const part = await body.take();
      if (part.byteLength === 0) return;
      yield part;
    }
  }

  send(head: AnswerHead, body?: string | Uint8Array): void {
    if (this.state === 'waiting') this.#host.send(this, head, body);
  }

  stream(head: AnswerHead, parts: AsyncIterable<string | Uint8Array>): void {
    if (this.state === 'waiting') this.#host.stream(this, head, parts);
  }

  inviteBody(): void {
    if (this.state === 'waiting' && this.head.expectsContinue && !this.isInvited) this.#host.inviteBody(this);
  }

  takeOver(): { readonly socket: Duplex; readonly head: Buffer } {
    return this.#host.takeOver(this);
  }

  abort(): void {
    // The connection may be busy with the next request.
    if (!this.#isOver) this.#host.cut();
  }

  /** Tells the end, once. */
  end(isWhole: boolean): void {
    if (this.#isOver) return;
    this.leave();
    this.watcher?.onClose(isWhole);
  }

  /** Nothing more comes or goes; an answer that is on its way has an end of its own. */
  breakOff(): void {
    this.body?.breakOff();
    if (this.state !== 'answered') this.end(false);
  }

  /** Lets go of the connection without a word. */
  leave(): void {
    this.#isOver = true;
    this.state = 'answered';
  }
}
