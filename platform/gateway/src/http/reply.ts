import type { ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import type { GatewayRequest } from './gateway-request.ts';
import { apiFields } from './security-headers.ts';

/** What an answer can be made of besides its headers. */
export type ReplyBody = string | Uint8Array | Readable;

/**
 * The answer to one request: status and headers are gathered and leave with the body in one write.
 *
 * Names of headers are in lower case; each stands once.
 */
export class Reply {
  readonly request: GatewayRequest;
  readonly raw: ServerResponse;
  statusCode = 200;
  readonly #beforeSend: (reply: Reply) => void;
  /** Names and values in turn, as `writeHead` takes them. */
  readonly #fields: string[] = apiFields.slice();
  #isSent = false;

  /** @param beforeSend - sets the last headers. */
  constructor(request: GatewayRequest, raw: ServerResponse, beforeSend: (reply: Reply) => void) {
    this.request = request;
    this.raw = raw;
    this.#beforeSend = beforeSend;
  }

  /** Whether the answer has left, or somebody else answers. */
  get sent(): boolean {
    return this.#isSent;
  }

  code(status: number): this {
    this.statusCode = status;
    return this;
  }

  /** Sets a header, in place of one of its name. */
  header(name: string, value: string): this {
    const at = this.#find(name);
    if (at < 0) this.#fields.push(name, value);
    else this.#fields[at + 1] = value;
    return this;
  }

  headers(values: Readonly<Record<string, string>>): this {
    for (const name in values) this.header(name, values[name] as string);
    return this;
  }

  hasHeader(name: string): boolean {
    return this.#find(name) >= 0;
  }

  getHeader(name: string): string | undefined {
    const at = this.#find(name);
    return at < 0 ? undefined : this.#fields[at + 1];
  }

  /** Leaves the answer to somebody who writes to the connection itself. */
  hijack(): void {
    this.#isSent = true;
  }

  /** Sends the answer; a second one is dropped. */
  send(body?: ReplyBody): this {
    if (this.#isSent) return this;
    this.#beforeSend(this);
    if (body === undefined) this.#sendEmpty();
    else if (typeof body === 'string') this.#sendWhole(body, Buffer.byteLength(body));
    else if (body instanceof Uint8Array) this.#sendWhole(body, body.byteLength);
    else this.#sendStream(body);
    return this;
  }

  #sendEmpty(): void {
    const { statusCode, raw } = this;
    // RFC 9110 section 8.6: these have no content, and a `HEAD` would have the length of its `GET`.
    if (statusCode !== 204 && statusCode !== 304 && raw.req.method !== 'HEAD') this.header('content-length', '0');
    this.#writeHead();
    raw.end();
  }

  #sendWhole(body: string | Uint8Array, byteLength: number): void {
    this.header('content-length', String(byteLength));
    this.#writeHead();
    // Text without a character beyond ASCII is the same bytes in both, and copied instead of encoded.
    if (typeof body === 'string' && byteLength === body.length) this.raw.end(body, 'latin1');
    else this.raw.end(body);
  }

  #sendStream(body: Readable): void {
    this.#writeHead();
    // A failure cuts the answer off, which clients see by its missing end; there is nobody else to tell.
    pipeline(body, this.raw, () => undefined);
  }

  /** Only what could be written counts as sent: a header that cannot stand there is thrown. */
  #writeHead(): void {
    this.raw.writeHead(this.statusCode, this.#fields);
    this.#isSent = true;
  }

  #find(name: string): number {
    const fields = this.#fields;
    for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return at;
    return -1;
  }
}
