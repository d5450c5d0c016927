import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Exchange } from './exchange.ts';

/** A request as the parts of the gateway read it. */
export class GatewayRequest {
  readonly raw: IncomingMessage;
  /** Network address of the client: that of the connection, or what a trusted proxy says. */
  readonly ip: string;
  /** Null until it is begun. */
  exchange: Exchange | null = null;
  /** The bytes of the body, when there is one and it was read. */
  body: Uint8Array | undefined = undefined;

  constructor(raw: IncomingMessage, ip: string) {
    this.raw = raw;
    this.ip = ip;
  }

  get method(): string {
    return this.raw.method ?? 'GET';
  }

  get headers(): IncomingHttpHeaders {
    return this.raw.headers;
  }

  /** The request target as it was sent. */
  get originalUrl(): string {
    return this.raw.url ?? '/';
  }
}
