import { defineReasons } from '@mainstay/kernel';

/** Why a stream or a WebSocket does not open, or ends. */
export const streamReasons = defineReasons({
  UPGRADE_REQUIRED: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    httpStatus: 426,
    summary: 'The path is a WebSocket, because clients send many messages there, and the request is a plain one',
    operator: 'Nothing; the caller must open a WebSocket',
  },
  WEBSOCKET_HANDSHAKE_INVALID: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'The headers of a WebSocket handshake are not those of RFC 6455, version 13',
    operator: 'Nothing, unless a proxy in front rewrites handshakes',
  },
  WEBSOCKET_UNSUPPORTED: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'A WebSocket was asked for at a path that has one answer, or bytes',
    operator: 'Nothing; the caller must send a plain request',
  },
  ORIGIN_REFUSED: {
    code: 'permission_denied',
    executed: 'no',
    retry: 'never',
    summary: 'A page of another origin asked for a WebSocket',
    operator: 'Add the origin to cors.origins if the page is known',
  },
  FRAME_INVALID: {
    code: 'invalid_argument',
    executed: 'maybe',
    retry: 'never',
    summary: 'A client sent a binary frame, or one after the empty frame that ends what it has to say',
    operator: 'Nothing; the caller must send text frames of JSON',
  },
  STREAMS_EXHAUSTED: {
    code: 'resource_exhausted',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 5_000,
    summary: 'This client, or all clients together, have as many streams open as they may',
    operator: 'Raise streams.max_open or streams.max_open_per_client if honest clients are hit; add gateways',
  },
  GATEWAY_DRAINING: {
    code: 'unavailable',
    executed: 'maybe',
    retry: 'now',
    summary: 'The gateway that a stream goes through is being stopped; the stream goes on through another one',
    operator: 'Nothing; clients connect again',
  },
});
