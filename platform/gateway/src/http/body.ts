import type { IncomingMessage } from 'node:http';
import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';
import type { GatewayRequest } from './gateway-request.ts';

/** Tells whether bytes of a body follow; an empty one needs no content type. */
export function announcesBody({ headers }: Pick<GatewayRequest, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Tells whether a body is to be read: one that comes with a method which has none is left where it is. */
export function takesBody(request: Pick<GatewayRequest, 'headers' | 'method'>): boolean {
  return request.method !== 'GET' && request.method !== 'HEAD' && announcesBody(request);
}

/**
 * Reads a body to its end.
 *
 * @throws {@link PlatformError} `BODY_TOO_LARGE`, at once for an announced length, else when the limit is passed; `HTTP_MALFORMED` when
 * the client goes away before the end.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const tooLarge = (): PlatformError =>
      new PlatformError(gatewayReasons.BODY_TOO_LARGE, `the body is larger than ${limitBytes} bytes`);
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      reject(tooLarge());
      return;
    }
    const chunks: Buffer[] = [];
    let received = 0;
    const onData = (chunk: Buffer): void => {
      received += chunk.byteLength;
      if (received <= limitBytes) {
        chunks.push(chunk);
        return;
      }
      request.off('data', onData);
      request.pause();
      reject(tooLarge());
    };
    request.on('data', onData);
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.once('error', (cause) => {
      const message = 'the body ended before its announced length';
      reject(new PlatformError(gatewayReasons.HTTP_MALFORMED, message, { cause }));
    });
  });
}
