import type { HttpFault } from '../http-server.ts';

/** Why bytes are no request, in words of the fault's own. */
export interface Fault {
  readonly kind: HttpFault;
  readonly detail: string;
}

export function malformed(detail: string): Fault {
  return { kind: 'malformed', detail };
}

/** The client ended the connection before its request was whole. */
export const endedEarly: Fault = malformed('the connection ended in the middle of a request');
/** The request did not come in the time for it. */
export const tooSlow: Fault = { kind: 'too_slow', detail: 'the request did not arrive in the time allowed' };
