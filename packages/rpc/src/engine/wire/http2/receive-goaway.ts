import { errorCode } from '../../faults/error-code.ts';
import type { ConnectionCore } from './connection-core.ts';

/** What GOAWAY says. */
export interface Goaway {
  /** Streams above it were not looked at. */
  readonly lastStreamId: number;
  readonly code: number;
  readonly debug: string;
}

/** The peer goes away: streams that it did not look at end at once, the others go on (RFC 9113 section 6.8). */
export function receiveGoaway(connection: ConnectionCore, { lastStreamId, code, debug }: Goaway): void {
  // A client that goes away closes its connection itself, when its calls are done.
  if (connection.isServer) return;
  if (connection.state === 'open') {
    connection.state = 'draining';
    connection.isFinal = true;
    connection.events.onGoingAway({ code, debug });
  }
  const reset = { code: errorCode.refusedStream, origin: 'peer', isUnprocessed: true } as const;
  for (const stream of connection.streams.values()) {
    if (stream.id > lastStreamId) connection.closeStream(stream, { ...reset, message: 'the peer is going away' });
  }
  connection.endWhenIdle();
}
