import type { IncomingMessage } from 'node:http';
import type { HttpHeaders, HttpRequest } from '../http-server.ts';
import { readBody } from './read-body.ts';

/** A request that `node:http` has read. */
export class NodeRequest implements HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly headers: HttpHeaders;
  readonly remoteAddress: string;
  readonly bodyLength: number | undefined;
  readonly isWebSocket: boolean;
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage, isWebSocket: boolean) {
    const { method, url, httpVersion, headers, socket } = message;
    this.#message = message;
    this.method = method ?? '';
    this.target = url ?? '';
    this.version = httpVersion === '1.0' ? '1.0' : '1.1';
    this.headers = recordOf(headers);
    this.remoteAddress = socket.remoteAddress ?? '';
    this.bodyLength = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined;
    this.isWebSocket = isWebSocket;
  }

  get isComplete(): boolean {
    return this.#message.complete;
  }

  readBody(limitBytes: number): Promise<Uint8Array> {
    return readBody(this.#message, limitBytes);
  }

  bodyParts(): AsyncIterable<Uint8Array> {
    return this.#message;
  }
}

/** Without what objects inherit, so that no name finds anything that was not sent; `set-cookie`, which is no header of requests, is the one that Node makes a list of. */
function recordOf(headers: IncomingMessage['headers']): HttpHeaders {
  const cookies = headers['set-cookie']?.join(', ');
  const record = Object.create(null) as Record<string, string | undefined>;
  return Object.assign(record, headers, cookies !== undefined && { 'set-cookie': cookies });
}
