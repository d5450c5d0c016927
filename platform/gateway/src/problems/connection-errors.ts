import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';

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
