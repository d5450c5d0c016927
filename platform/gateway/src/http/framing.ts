import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Finds requests that a proxy in front may have cut at another place, or sent to another host. */
export interface FramingCheck {
  /**
   * What is wrong with a request, before anything of it is looked at; undefined when nothing is.
   *
   * So is all that follows on the same connection, because it may be a piece of the request that was refused: close it.
   */
  faultOf(request: IncomingMessage): string | undefined;
}

/** A name or address, and a port: what of RFC 3986 can be sent as `Host`, with no comma. */
const hostShape = /^(\[[0-9A-Fa-f:.]+\]|[\w.~%!$&'()*+;=-]*)(:\d{0,5})?$/;

/**
 * Makes the check of one server.
 *
 * `chunked` alone is understood as transfer coding, and in HTTP/1.1 alone (RFC 9112 section 6.1); whatever else announces one
 * is read differently by different servers, which is how requests are smuggled.
 */
export function createFramingCheck(): FramingCheck {
  const refused = new WeakSet<Socket>();
  // Nearly all requests name the same host.
  let goodHost: string | undefined;
  const look = ({ headers, httpVersion }: IncomingMessage): string | undefined => {
    const { host, 'transfer-encoding': coding } = headers;
    if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'the version of HTTP is not 1.1';
    if (coding !== undefined && (httpVersion !== '1.1' || coding.toLowerCase() !== 'chunked')) {
      return 'the transfer coding of the body is not understood';
    }
    if (host === undefined) return httpVersion === '1.1' ? 'the Host header is missing' : undefined;
    if (host === goodHost) return undefined;
    if (!hostShape.test(host)) return 'the Host header names no host, or more than one';
    goodHost = host;
    return undefined;
  };
  return {
    faultOf(request) {
      if (refused.has(request.socket)) return 'a request before this one on the connection was refused';
      const fault = look(request);
      if (fault !== undefined) refused.add(request.socket);
      return fault;
    },
  };
}
