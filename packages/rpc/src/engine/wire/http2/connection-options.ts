import type { Clock } from '@mainstay/kernel';
import type { Fault } from '../../faults/fault.ts';
import type { OutputSocket } from '../frames/output.ts';
import type { DecodedBlock } from '../hpack/decoded-block.ts';
import type { RequestHead } from './header-rules.ts';
import type { ConnectionLimits } from './limits.ts';
import type { Http2Stream } from './stream.ts';

/** What a connection needs of a socket; those of `net` and `tls` have it. */
export interface ConnectionSocket extends OutputSocket {
  destroy(): unknown;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'drain' | 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What the owner of a connection is told. */
export interface ConnectionEvents {
  /** On servers: a request has begun; set `stream.events` and read on from there. */
  onStream(stream: Http2Stream, head: RequestHead, block: DecodedBlock): void;
  /** There may be room for another stream: a stream ended, or the peer's settings came. */
  onRoom(): void;
  /** No new streams from now on: the peer or we are going away. */
  onGoingAway(why: { readonly code: number; readonly debug: string }): void;
  /** A broken rule; for counters and logs. */
  onFault(fault: Fault): void;
  /** The socket is closed. Streams were told before. */
  onClosed(): void;
}

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly socket: ConnectionSocket;
  readonly isServer: boolean;
  readonly limits: ConnectionLimits;
  readonly clock: Clock;
  readonly events: ConnectionEvents;
  /** First stream of a client, default 1; for tests of the end of ids. */
  readonly firstStreamId?: number;
  /** On clients: streams that the peer is assumed to take until its SETTINGS come, default 100. */
  readonly assumedStreams?: number;
}
