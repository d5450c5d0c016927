import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';

const jsonType = /^application\/json(?:\s*;\s*(?<parameters>.*))?$/i;

/**
 * Refuses a body that is not plain JSON; called only when there is a body.
 *
 * A missing `Content-Type` is refused too: guessing it would let an HTML form of another site send commands.
 *
 * @throws {@link PlatformError} `invalid_argument` / `MEDIA_TYPE_UNSUPPORTED` (415); executed: no.
 */
export function requireJson(contentType: string | undefined, contentEncoding: string | undefined): void {
  const match = jsonType.exec(contentType?.trim() ?? '');
  if (match === null) throw unsupported('the body must be application/json');
  const charset = /(?:^|;)\s*charset\s*=\s*"?([^";\s]+)"?/i.exec(match.groups?.['parameters'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw unsupported('the charset of the body must be UTF-8');
  if (contentEncoding !== undefined && !/^\s*identity\s*$/i.test(contentEncoding)) {
    throw unsupported('the body must not be compressed');
  }
}

function unsupported(message: string): PlatformError {
  return new PlatformError(gatewayReasons.MEDIA_TYPE_UNSUPPORTED, message);
}
