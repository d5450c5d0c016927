import { defineReasons } from '@mainstay/kernel';

/** Every reason that a server of HTTP/1.1 raises. */
export const http1Reasons = defineReasons({
  BODY_TOO_LARGE: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    httpStatus: 413,
    summary: 'The body is larger than the gateway takes',
    operator: 'Raise server.body_limit_bytes if honest requests are hit',
  },
  BODY_BROKEN_OFF: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'The client went away, or sent no HTTP any more, before the end of its body',
    operator: 'Nothing, unless a proxy in front breaks connections off',
  },
  ANSWER_HEADER_INVALID: {
    code: 'internal',
    executed: 'maybe',
    retry: 'never',
    summary: 'An answer has a header that cannot be sent, for example with a line break in it',
    operator: 'Look in the log for the header, and for the service that sent it',
  },
  PORT_UNAVAILABLE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'A port for HTTP cannot be opened, usually because another process listens on it',
    operator: 'Stop the other process, or choose another port',
  },
});
