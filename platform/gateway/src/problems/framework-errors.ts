import { isPlatformError, PlatformError, toPlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';

/** Limits that messages name. */
export interface ServerLimits {
  readonly bodyLimitBytes: number;
}

/** Turns anything thrown while a request is served, by us or by Fastify, into a {@link PlatformError}. */
export function fromServerError(error: unknown, limits: ServerLimits): PlatformError {
  if (isPlatformError(error)) return error;
  const { code, statusCode } = (error ?? {}) as { readonly code?: unknown; readonly statusCode?: unknown };
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new PlatformError(gatewayReasons.BODY_TOO_LARGE, `the body is larger than ${limits.bodyLimitBytes} bytes`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
      return new PlatformError(gatewayReasons.MEDIA_TYPE_UNSUPPORTED, 'the body must be application/json');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'ECONNRESET':
      return new PlatformError(gatewayReasons.HTTP_MALFORMED, 'the body ended before its announced length');
    case 'FST_ERR_BAD_URL':
      return new PlatformError(gatewayReasons.URL_MALFORMED, 'the path is not percent-encoded UTF-8');
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new PlatformError(gatewayReasons.HTTP_MALFORMED, 'the request cannot be read', { httpStatus: statusCode });
  }
  return toPlatformError(error);
}

/** Turns an error of Node's HTTP parser, before there is a request, into a {@link PlatformError}. */
export function fromConnectionError(code: string | undefined): PlatformError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new PlatformError(gatewayReasons.HEADERS_TOO_LARGE, 'the request line and headers are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new PlatformError(gatewayReasons.REQUEST_TOO_SLOW, 'the request did not arrive in the time allowed');
    default:
      return new PlatformError(gatewayReasons.HTTP_MALFORMED, 'the bytes sent are not a valid HTTP request');
  }
}
