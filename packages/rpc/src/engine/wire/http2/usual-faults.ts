import { errorCode } from '../../faults/error-code.ts';
import type { Fault } from '../../faults/fault.ts';

/** Something of ours threw while it worked off what the peer sent: the connection ends, and not the process. */
export function ownMistake(cause: unknown): Fault {
  return { rule: 'own_mistake', code: errorCode.internalError, message: 'internal error', scope: 'connection', cause };
}

/** The first bytes are not HTTP/2's. */
export const noPreface: Fault = {
  rule: 'preface',
  code: errorCode.protocolError,
  message: 'the peer does not speak HTTP/2',
  scope: 'connection',
};

/** The budget of resets is spent. */
export const resetFlood: Fault = {
  rule: 'reset_flood',
  code: errorCode.enhanceYourCalm,
  message: 'more than 2000 streams were reset in a short time',
  scope: 'connection',
};

/** The peer goes on asking and reads no answers. */
export function unread(waitingBytes: number): Fault {
  const message = `the peer asks for answers and reads none of ${waitingBytes} bytes`;
  return { rule: 'unread_answers', code: errorCode.enhanceYourCalm, message, scope: 'connection' };
}
