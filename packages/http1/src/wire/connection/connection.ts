import type { Duplex } from 'node:stream';
import type { AnswerHead } from '../../http-server.ts';
import { isTooMuchToDrop } from '../../unread-body.ts';
import { addRefusal } from '../answer/add-refusal.ts';
import { renderHead } from '../answer/answer-head.ts';
import { Outlet, type OutletSink } from '../answer/outlet.ts';
import { PartStream, type PartStreamSink } from '../answer/part-stream.ts';
import { addWholeAnswer, isBare } from '../answer/whole-answer.ts';
import type { IncomingBody } from '../body/incoming-body.ts';
import type { Exchange, ExchangeHost } from '../exchange.ts';
import { endedEarly, type Fault, tooSlow } from '../fault.ts';
import { faulty, HeadReader, incomplete } from '../head/head-reader.ts';
import { lingerBytes, maxHeldBytes } from '../limits.ts';
import type { ConnectionServer, ConnectionSocket } from './connection-server.ts';
import { Flow } from './flow.ts';
import { Input } from './input.ts';
import { LeavingAnswers } from './leaving-answers.ts';
import { readRequest } from './read-request.ts';
import { TimeLimits, type Waiting } from './time-limits.ts';

const invitation = 'HTTP/1.1 100 Continue\r\n\r\n';

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
  readonly #input = new Input();
  /** The request in work. */
  #exchange: Exchange | undefined;
  #stream: PartStream | undefined;
  readonly #leaving = new LeavingAnswers();
  readonly #flow: Flow;
  #hasServed = false;
  #isAdvancing = false;
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
    this.#flow = new Flow(socket);
    this.#limits = new TimeLimits(server.options);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  send(exchange: Exchange, head: AnswerHead, body: string | Uint8Array | undefined): void {
    const start = renderHead(head);
    const tail = this.#beginAnswer(exchange);
    addWholeAnswer(this.#outlet, { method: exchange.method, status: head.status, start, tail }, body);
    this.#endAnswer(exchange);
  }

  stream(exchange: Exchange, head: AnswerHead, parts: AsyncIterable<string | Uint8Array>): void {
    const start = renderHead(head);
    const isChunked = exchange.version === '1.1';
    if (!isChunked) exchange.endsByClose = true;
    const tail = this.#beginAnswer(exchange);
    const stream = new PartStream(parts, { outlet: this.#outlet, sink: this, isChunked });
    if (isBare({ method: exchange.method, status: head.status })) {
      stream.cancel();
      this.#outlet.addText(start + tail);
      this.#endAnswer(exchange);
      return;
    }
    exchange.state = 'streaming';
    this.#outlet.addText(`${start}${isChunked ? 'transfer-encoding: chunked\r\n' : ''}${tail}`);
    this.#stream = stream;
    stream.pull();
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
    this.#flow.set(false);
    return { socket, head: this.#input.take() };
  }

  cut(): void {
    if (this.#state === 'open') this.#state = 'closing';
    this.#socket.destroy();
  }

  closeIfIdle(): void {
    const isIdle = this.#exchange === undefined && this.#outlet.isEmpty && this.#input.isEmpty;
    if (this.#state === 'open' && isIdle) this.cut();
  }

  sweep(nowMs: number): void {
    const overdue = this.#limits.check(this.#waiting(), nowMs);
    if (overdue === 'cut' || this.#outlet.isStalled(nowMs)) this.cut();
    else if (overdue === 'refuse') this.#fail(tooSlow);
  }

  onEmpty(): void {
    this.#leaving.tell(true);
    if (this.#stream !== undefined) this.#stream.pull();
    else if (this.#state === 'open') this.#advance();
    else this.#endIfEmpty();
  }

  onStreamEnd(): void {
    const exchange = this.#exchange as Exchange;
    this.#stream = undefined;
    this.#endAnswer(exchange);
    // The end of a body that ends with the connection is no byte that the socket could take.
    if (this.#outlet.isEmpty) this.#leaving.tell(true);
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
    this.#input.add(bytes);
    try {
      this.#advance();
    } catch (error) {
      // One client must not end what serves all of them.
      this.cut();
      this.#server.options.onDefect(error);
    }
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    const exchange = this.#exchange;
    if (this.#state !== 'open') this.#endIfEmpty();
    else if (exchange === undefined && (this.#input.isEmpty || this.#outlet.isWriting)) this.#close();
    else if (exchange === undefined || (exchange.state === 'waiting' && !exchange.isComplete)) this.#fail(endedEarly);
    else this.cut();
  };

  // What follows is the end, which is all that matters.
  readonly #onError = (): void => undefined;

  readonly #onClose = (): void => {
    this.#state = 'closed';
    this.#onClosed(this);
    this.#stream?.cancel();
    this.#leaving.tell(false);
    this.#breakOff();
  };

  /** Goes on with what has arrived as far as possible; answers given meanwhile leave together. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    while (this.#state === 'open' && this.#step());
    this.#isAdvancing = false;
    this.#input.tidy();
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
    const input = this.#input;
    if (input.isEmpty || this.#outlet.isWriting || this.#outlet.isLong) return false;
    const next = this.#reader.read(input.bytes, input.at);
    if (next === incomplete) {
      this.#limits.noteUnfinished();
      return false;
    }
    if (next === faulty) {
      this.#fail(this.#reader.fault as Fault);
      return false;
    }
    input.at = next;
    this.#hasServed = true;
    const exchange = readRequest(this.#reader, this, this.#onRoom);
    if (exchange.body === undefined) this.#limits.noteFinished();
    else if (!this.#receive(exchange.body)) return false;
    this.#exchange = exchange;
    this.#server.options.onRequest(exchange, exchange);
    return true;
  }

  /** @returns false when the body is faulty. */
  #receive(body: IncomingBody): boolean {
    if (body.isComplete) return true;
    const input = this.#input;
    if (!input.isEmpty) input.at = body.receive(input.bytes, input.at);
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
    this.#leaving.add(exchange);
    this.#advance();
  }

  /** Answers what is no request, and reads nothing after it. */
  #fail(fault: Fault): void {
    const state = this.#exchange?.state;
    if (state === 'streaming') this.cut();
    else if (state !== 'answered') addRefusal(this.#outlet, this.#server, fault);
    this.#close();
    this.#breakOff();
    this.#outlet.flush();
  }

  /** Lets what waits leave, then ends. */
  #close(): void {
    this.#state = 'closing';
    this.#input.drop();
    this.#flow.set(false);
    this.#endIfEmpty();
  }

  #endIfEmpty(): void {
    if (this.#state === 'closing' && this.#outlet.isEmpty && !this.#socket.writableEnded) this.#socket.end();
  }

  #breakOff(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.breakOff();
  }

  /** Stops reading when enough waits for whoever takes it, and goes on when it was taken. */
  #regulate(): void {
    const body = this.#exchange?.body;
    const isTaken = body === undefined || body.isComplete;
    this.#flow.set(isTaken ? this.#input.byteLength >= maxHeldBytes : body.isFull);
  }

  #waiting(): Waiting {
    if (this.#state === 'closing') return this.#outlet.isEmpty ? 'linger' : 'nothing';
    if (this.#state !== 'open' || this.#outlet.isWriting) return 'nothing';
    if (this.#exchange !== undefined) return this.#exchange.isComplete ? 'nothing' : 'body';
    if (!this.#input.isEmpty) return 'head';
    return this.#hasServed ? 'next' : 'first';
  }
}
