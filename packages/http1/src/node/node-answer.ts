import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Duplex, pipeline, Readable } from 'node:stream';
import { PlatformError } from '@mainstay/kernel';
import { http1Reasons } from '../errors.ts';
import type { AnswerHead, AnswerWatcher, HttpAnswer, HttpRequest } from '../http-server.ts';
import { isTooMuchToDrop } from '../unread-body.ts';

/** A connection that may go on in another protocol. */
export interface Upgrade {
  readonly socket: Duplex;
  /** Bytes that came after the request. */
  readonly head: Buffer;
}

/** What an answer goes by. */
export interface AnswerPlace {
  readonly request: HttpRequest;
  readonly response: ServerResponse<IncomingMessage>;
  /** Undefined when Node reads the connection itself. */
  readonly upgrade: Upgrade | undefined;
}

/** The answer to a request that `node:http` has read. */
export class NodeAnswer implements HttpAnswer {
  watcher: AnswerWatcher | undefined = undefined;
  readonly #request: HttpRequest;
  readonly #response: ServerResponse<IncomingMessage>;
  readonly #upgrade: Upgrade | undefined;
  readonly #isGoing: () => boolean;

  /** @param isGoing - whether the server wants to get rid of its connections. */
  constructor({ request, response, upgrade }: AnswerPlace, isGoing: () => boolean) {
    this.#request = request;
    this.#response = response;
    this.#upgrade = upgrade;
    this.#isGoing = isGoing;
    response.on('close', () => this.watcher?.onClose(response.writableFinished));
  }

  send(head: AnswerHead, body?: string | Uint8Array): void {
    const response = this.#response;
    if (body === undefined) {
      this.#writeHead(head, mayHaveContent(head.status, this.#request.method) ? 0 : undefined);
      response.end();
      return;
    }
    const byteLength = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    this.#writeHead(head, byteLength);
    // Text without a character beyond ASCII is the same bytes in both, and copied instead of encoded.
    if (typeof body === 'string' && byteLength === body.length) response.end(body, 'latin1');
    else response.end(body);
  }

  stream(head: AnswerHead, parts: AsyncIterable<string | Uint8Array>): void {
    this.#writeHead(head, undefined);
    // Clients see a failure by the missing end; there is nobody else to tell.
    pipeline(Readable.from(parts, { objectMode: false }), this.#response, () => undefined);
  }

  inviteBody(): void {
    // Behind an answer that has not left Node would write the invitation into the middle of it; its client sends the body some time later.
    if (this.#response.socket === null) return;
    const { expect } = this.#request.headers;
    if (expect !== undefined && /^100-continue$/i.test(expect)) this.#response.writeContinue();
  }

  takeOver(): Upgrade {
    const upgrade = this.#upgrade as Upgrade;
    this.watcher = undefined;
    this.#response.detachSocket(upgrade.socket as Parameters<ServerResponse['detachSocket']>[0]);
    return upgrade;
  }

  abort(): void {
    this.#response.destroy();
  }

  #writeHead({ status, fields }: AnswerHead, contentLength: number | undefined): void {
    const all = contentLength === undefined ? [...fields] : [...fields, 'content-length', String(contentLength)];
    if (this.#isGoing() || isTooMuchToDrop(this.#request)) all.push('connection', 'close');
    try {
      this.#response.writeHead(status, all);
    } catch (cause) {
      throw new PlatformError(http1Reasons.ANSWER_HEADER_INVALID, 'a header of the answer cannot be sent', { cause });
    }
  }
}

/** RFC 9110 section 8.6: these have no content, and a `HEAD` would have the length of its `GET`. */
function mayHaveContent(status: number, method: string): boolean {
  return status !== 204 && status !== 304 && method !== 'HEAD';
}
