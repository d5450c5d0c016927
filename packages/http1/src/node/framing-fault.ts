import type { IncomingMessage } from 'node:http';
import { isHost } from '../host.ts';

/**
 * What is wrong with a request that Node lets pass though a proxy in front may have cut it at another place, or sent it to another
 * host; undefined when nothing is.
 *
 * `chunked` alone is understood as transfer coding, and in HTTP/1.1 alone (RFC 9112 section 6.1); whatever else announces one
 * is read differently by different servers, which is how requests are smuggled.
 */
export function framingFault({ headers, httpVersion }: IncomingMessage): string | undefined {
  const { host, 'transfer-encoding': coding } = headers;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'the version of HTTP is not 1.1';
  if (coding !== undefined && (httpVersion !== '1.1' || coding.toLowerCase() !== 'chunked')) {
    return 'the transfer coding of the body is not understood';
  }
  if (host === undefined) return httpVersion === '1.1' ? 'the Host header is missing' : undefined;
  if (host === goodHost) return undefined;
  if (!isHost(host)) return 'the Host header names no host, or more than one';
  goodHost = host;
  return undefined;
}

/** Nearly all requests name the same host. */
let goodHost: string | undefined;
