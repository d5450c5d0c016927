import type { Duplex } from 'node:stream';
import type { AnswerHead } from '../../http-server.ts';
import { isTooMuchToDrop } from '../../unread-body.ts';
import { hasNoContent, renderHead } from '../answer/answer-head.ts';
import { Outlet, type OutletSink } from '../answer/outlet.ts';
import { PartStream, type PartStreamSink } from '../answer/part-stream.ts';
import { addWholeAnswer } from '../answer/whole-answer.ts';
import { endedEarly, IncomingBody } from '../body/incoming-body.ts';
import { Exchange, type ExchangeHost } from '../exchange.ts';
import type { Fault } from '../fault.ts';
import { faulty, HeadReader, incomplete } from '../head/head-reader.ts';
import { underHost } from '../head/header-block.ts';
import { lingerBytes, maxHeldBytes } from '../limits.ts';
import type { ConnectionServer, ConnectionSocket } from './connection-server.ts';
import { TimeLimits, type Waiting } from './time-limits.ts';

const nothing = Buffer.alloc(0);
const invitation = 'HTTP/1.1 100 Continue\r\n\r\n';
const tooSlow: Fault = { kind: 'too_slow', detail: 'the request did not arrive in the time allowed' };

/**
 * One connection of a client.
 *
 * States: open → closing (the last answer leaves, what comes is dropped) → closed; or open → taken over by another protocol.
 * One request is in work at a time: the next is not looked at until its answer is in the outlet and its body was read or
 * dropped, and until the socket has taken the answers before.
 */
export class Connection implements ExchangeHost, OutletSink, PartStreamSink {
  readonly #socket: ConnectionSocket;
  readonly #server: ConnectionServer;
  readonly #onClosed: (connection: Connection) => void;
  readonly #reader: HeadReader;
  readonly #outlet: Outlet;
  readonly #limits: TimeLimits;
  #state: 'open' | 'closing' | 'closed' | 'taken' = 'open';
  /** Received and not yet looked at, from `#at` on. */
  #input: Buffer = nothing;
  #at = 0;
  /** The request in work. */
  #exchange: Exchange | undefined;
  #stream: PartStream | undefined;
  /** Answers on their way that the socket has not taken yet. */
  #leaving: Exchange[] = [];
  #hasServed = false;
  #isAdvancing = false;
  #isPaused = false;
  #hasEnded = false;
  #lingeredBytes = 0;
  readonly remoteAddress: string;

  constructor(socket: ConnectionSocket, server: ConnectionServer, onClosed: (connection: Connection) => void) {
    this.#socket = socket;
    this.#server = server;
    this.#onClosed = onClosed;
    this.remoteAddress = socket.remoteAddress ?? '';
    this.#reader = new HeadReader(server.options.maxHeadBytes);
    this.#outlet = new Outlet(socket, this);
    this.#limits = new TimeLimits(server.options);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  send(exchange: Exchange, head: AnswerHead, body: string | Uint8Array | undefined): void {
    const start = renderHead(head);
    const tail = this.#beginAnswer(exchange);
    const isHead = exchange.method === 'HEAD';
    if (hasNoContent(head.status) || (isHead && body === undefined)) this.#outlet.addText(start + tail);
    else if (isHead) this.#outlet.addText(`${start}content-length: ${Buffer.byteLength(body as string)}\r\n${tail}`);
    else addWholeAnswer(this.#outlet, { start, tail }, body ?? '');
    this.#endAnswer(exchange);
  }

  stream(exchange: Exchange, head: AnswerHead, parts: AsyncIterable<string | Uint8Array>): void {
    const start = renderHead(head);
    const isChunked = exchange.version === '1.1';
    if (!isChunked) exchange.endsByClose = true;
    const tail = this.#beginAnswer(exchange);
    if (exchange.method === 'HEAD' || hasNoContent(head.status)) {
      this.#outlet.addText(start + tail);
      this.#endAnswer(exchange);
      new PartStream(parts, { outlet: this.#outlet, sink: this, isChunked }).cancel();
      return;
    }
    exchange.state = 'streaming';
    this.#outlet.addText(`${start}${isChunked ? 'transfer-encoding: chunked\r\n' : ''}${tail}`);
    this.#stream = new PartStream(parts, { outlet: this.#outlet, sink: this, isChunked });
    this.#stream.pull();
    // With the first part, when that is there at once.
    setImmediate(() => this.#outlet.flush());
  }

  inviteBody(exchange: Exchange): void {
    exchange.isInvited = true;
    this.#outlet.addText(invitation);
    if (!this.#isAdvancing) this.#outlet.flush();
  }

  takeOver(exchange: Exchange): { readonly socket: Duplex; readonly head: Buffer } {
    const socket = this.#socket;
    this.#state = 'taken';
    exchange.leave();
    this.#exchange = undefined;
    this.#outlet.flush();
    socket.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError);
    if (this.#isPaused) socket.resume();
    return { socket, head: this.#input.subarray(this.#at) };
  }

  cut(): void {
    this.#socket.destroy();
  }

  closeIfIdle(): void {
    if (this.#state !== 'open' || this.#exchange !== undefined || !this.#outlet.isEmpty) return;
    if (this.#at === this.#input.length) this.cut();
  }

  sweep(nowMs: number): void {
    if (this.#outlet.isStalled(nowMs)) {
      this.cut();
      return;
    }
    const overdue = this.#limits.check(this.#waiting(), nowMs);
    if (overdue === 'cut') this.cut();
    else if (overdue === 'refuse') this.#fail(tooSlow);
  }

  onEmpty(): void {
    this.#settle(true);
    if (this.#stream !== undefined) this.#stream.pull();
    else if (this.#state === 'closing') this.#socket.end();
    else this.#advance();
  }

  onStreamEnd(): void {
    const exchange = this.#exchange as Exchange;
    this.#stream = undefined;
    this.#endAnswer(exchange);
    // The end of a body that ends with the connection is no byte that the socket could take.
    if (this.#outlet.isEmpty) this.#settle(true);
  }

  onStreamFailure(): void {
    this.cut();
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#state !== 'open') {
      this.#lingeredBytes += bytes.length;
      if (this.#lingeredBytes > lingerBytes) this.cut();
      return;
    }
    const hasRest = this.#at < this.#input.length;
    this.#input = hasRest ? Buffer.concat([this.#input.subarray(this.#at), bytes]) : bytes;
    this.#at = 0;
    this.#advance();
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    if (this.#state !== 'open') {
      this.#endIfEmpty();
    } else if (this.#exchange === undefined) {
      if (this.#at === this.#input.length || this.#outlet.isWriting) this.#close();
      else this.#fail(endedEarly);
    } else if (this.#exchange.state === 'waiting' && !this.#exchange.isComplete) {
      this.#fail(endedEarly);
    } else {
      this.cut();
    }
  };

  readonly #onError = (): void => {
    // What follows is the end, which is all that matters.
  };

  readonly #onClose = (): void => {
    this.#state = 'closed';
    this.#onClosed(this);
    this.#stream?.cancel();
    this.#settle(false);
    this.#breakOff();
  };

  /** Goes on with what has arrived as far as possible; answers given meanwhile leave together. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    while (this.#state === 'open' && this.#step());
    this.#isAdvancing = false;
    if (this.#at === this.#input.length) {
      this.#input = nothing;
      this.#at = 0;
    }
    this.#outlet.flush();
    if (this.#state === 'open') this.#regulate();
    else this.#endIfEmpty();
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    const exchange = this.#exchange;
    if (exchange === undefined) return this.#begin();
    if (exchange.body !== undefined && !this.#receive(exchange.body)) return false;
    if (exchange.state !== 'answered' || !(exchange.isComplete || !exchange.keepsConnection)) return false;
    this.#exchange = undefined;
    if (!exchange.keepsConnection) this.#close();
    return true;
  }

  /** Begins with the next request. */
  #begin(): boolean {
    if (this.#at === this.#input.length || this.#outlet.isWriting || this.#outlet.isLong) return false;
    const next = this.#reader.read(this.#input, this.#at);
    if (next === incomplete) {
      this.#limits.noteUnfinished();
      return false;
    }
    if (next === faulty) {
      this.#fail(this.#reader.fault as Fault);
      return false;
    }
    this.#at = next;
    this.#hasServed = true;
    const exchange = this.#readExchange();
    if (exchange.body === undefined) this.#limits.noteFinished();
    else if (!this.#receive(exchange.body)) return false;
    this.#exchange = exchange;
    this.#server.options.onRequest(exchange, exchange);
    return true;
  }

  #readExchange(): Exchange {
    const { line, block } = this.#reader;
    const { method, target, authority } = line;
    const isModern = line.minorVersion === 1;
    const hasBody = method !== 'CONNECT' && (block.isChunked || (block.contentLength ?? 0) > 0);
    const isWebSocket = method === 'GET' && isModern && block.isForWebSocket && block.saysUpgrade && !hasBody;
    // What follows a handshake or a CONNECT is no HTTP, also when it was refused.
    const isPersistent = !isWebSocket && method !== 'CONNECT' && !block.saysClose && (isModern || block.saysKeepAlive);
    const head = {
      method,
      target,
      version: isModern ? ('1.1' as const) : ('1.0' as const),
      headers: authority === undefined ? block.headers : underHost(block.headers, authority),
      isPersistent,
      expectsContinue: isModern && block.expectsContinue,
      isWebSocket,
    };
    return new Exchange(this, head, hasBody ? new IncomingBody(block.contentLength, this.#onRoom) : undefined);
  }

  /** @returns false when the body is faulty. */
  #receive(body: IncomingBody): boolean {
    if (body.isComplete) return true;
    if (this.#at < this.#input.length) this.#at = body.receive(this.#input, this.#at);
    if (body.fault !== undefined) {
      this.#fail(body.fault);
      return false;
    }
    if (body.isComplete) this.#limits.noteFinished();
    else this.#limits.noteUnfinished();
    return true;
  }

  readonly #onRoom = (): void => this.#regulate();

  /** @returns the end of the head. */
  #beginAnswer(exchange: Exchange): string {
    const { tails, isQuiet } = this.#server;
    exchange.keepsConnection = exchange.mayKeepConnection && !isQuiet && !this.#hasEnded && !isTooMuchToDrop(exchange);
    return exchange.keepsConnection ? tails.keep : tails.close;
  }

  #endAnswer(exchange: Exchange): void {
    exchange.state = 'answered';
    exchange.body?.drop();
    this.#leaving.push(exchange);
    this.#advance();
  }

  /** Answers what is no request, and reads nothing after it. */
  #fail(fault: Fault): void {
    const state = this.#exchange?.state;
    if (state === 'streaming') {
      this.cut();
      return;
    }
    if (state !== 'answered') {
      const { head, body } = this.#server.options.onFault(fault.kind, fault.detail);
      addWholeAnswer(this.#outlet, { start: renderHead(head), tail: this.#server.tails.close }, body);
    }
    this.#close();
    this.#breakOff();
    this.#outlet.flush();
    this.#endIfEmpty();
  }

  /** Lets what waits leave, then ends. */
  #close(): void {
    this.#state = 'closing';
    this.#input = nothing;
    this.#at = 0;
    if (this.#isPaused) this.#socket.resume();
    this.#endIfEmpty();
  }

  #endIfEmpty(): void {
    if (this.#state === 'closing' && this.#outlet.isEmpty && !this.#socket.writableEnded) this.#socket.end();
  }

  #breakOff(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.#exchange = undefined;
    exchange.body?.breakOff();
    exchange.end(false);
  }

  #settle(isWhole: boolean): void {
    if (this.#leaving.length === 0) return;
    const leaving = this.#leaving;
    this.#leaving = [];
    for (const exchange of leaving) exchange.end(isWhole);
  }

  /** Stops reading when enough waits for whoever takes it, and goes on when it was taken. */
  #regulate(): void {
    const body = this.#exchange?.body;
    const isFull = body === undefined || body.isComplete ? this.#input.length - this.#at >= maxHeldBytes : body.isFull;
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.#socket.pause();
    else this.#socket.resume();
  }

  #waiting(): Waiting {
    if (this.#state === 'closing') return this.#outlet.isEmpty ? 'linger' : 'nothing';
    if (this.#state !== 'open' || this.#outlet.isWriting) return 'nothing';
    if (this.#exchange !== undefined) return this.#exchange.isComplete ? 'nothing' : 'body';
    if (this.#at < this.#input.length) return 'head';
    return this.#hasServed ? 'next' : 'first';
  }
}
