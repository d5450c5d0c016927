import type { HttpHeaders, HttpRequest } from '@mainstay/http1';
import type { Exchange } from './exchange.ts';

/** A request as the parts of the gateway read it. */
export class GatewayRequest {
  readonly raw: HttpRequest;
  /** Network address of the client: that of the connection, or what a trusted proxy says. */
  readonly ip: string;
  readonly method: string;
  readonly headers: HttpHeaders;
  /** Null until it is begun. */
  exchange: Exchange | null = null;
  /** The bytes of the body, when there is one and it was read. */
  body: Uint8Array | undefined = undefined;

  constructor(raw: HttpRequest, ip: string) {
    this.raw = raw;
    this.ip = ip;
    this.method = raw.method;
    this.headers = raw.headers;
  }

  /** Whether bytes of a body follow; an empty one needs no content type. */
  get hasBody(): boolean {
    return this.raw.bodyLength !== 0;
  }

  /** Whether the body is to be read: one that comes with a method which has none is left where it is. */
  get takesBody(): boolean {
    return this.hasBody && this.method !== 'GET' && this.method !== 'HEAD';
  }
}
