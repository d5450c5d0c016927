import type { HttpFault } from '../http-server.ts';

/** Why bytes are no request, in words of the fault's own. */
export interface Fault {
  readonly kind: HttpFault;
  readonly detail: string;
}

export function malformed(detail: string): Fault {
  return { kind: 'malformed', detail };
}
