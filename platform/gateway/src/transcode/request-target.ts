import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';

/** A request target cut into the parts that are routed: the encoded path and the encoded query, without `?`. */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
}

/**
 * Cuts a request target; the absolute form (`http://host/path`, RFC 9112 section 3.2.2) loses its origin.
 *
 * @param target - as it stands in the request line, `*` included.
 */
export function parseTarget(target: string): RequestTarget {
  const origin = target.startsWith('/') ? null : /^https?:\/\/[^/?#]*/i.exec(target);
  const relative = origin === null ? target : target.slice(origin[0].length);
  const question = relative.indexOf('?');
  const path = question === -1 ? relative : relative.slice(0, question);
  return { path: path === '' ? '/' : path, query: question === -1 ? '' : relative.slice(question + 1) };
}

/**
 * Decodes percent-encoded UTF-8, strictly.
 *
 * @param what - names the part in the message, for example `path`.
 * @throws {@link PlatformError} `invalid_argument` / `URL_MALFORMED` for `%` without two hex digits or for bytes
 * that are not UTF-8; executed: no.
 */
export function decodePercent(text: string, what: 'path' | 'query'): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new PlatformError(gatewayReasons.URL_MALFORMED, `the ${what} is not percent-encoded UTF-8`, { cause });
  }
}
