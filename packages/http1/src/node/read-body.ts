import type { IncomingMessage } from 'node:http';
import { PlatformError } from '@mainstay/kernel';
import { http1Reasons } from '../errors.ts';

/** Reads the body of a request to its end; refused at once for an announced length, else when the limit is passed. */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const tooLarge = (): PlatformError =>
      new PlatformError(http1Reasons.BODY_TOO_LARGE, `the body is larger than ${limitBytes} bytes`);
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
      reject(new PlatformError(http1Reasons.BODY_BROKEN_OFF, message, { cause }));
    });
  });
}
