import type { Clock } from '@mainstay/kernel';
import type { Fault } from '../../faults/fault.ts';
import type { StreamReset } from '../../faults/stream-reset.ts';
import type { Output } from '../frames/output.ts';
import type { HpackDecoder } from '../hpack/decoder.ts';
import type { HpackEncoder } from '../hpack/encoder.ts';
import type { Budgets } from './budgets.ts';
import type { ConnectionEvents } from './connection-options.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { ConnectionLimits } from './limits.ts';
import type { PeerSettings } from './peer-settings.ts';
import type { RecentIds } from './recent-ids.ts';
import type { SendQueue } from './send-queue.ts';
import type { Http2Stream, StreamEvents } from './stream.ts';
import type { StreamTable } from './stream-table.ts';

/**
 * A connection as its parts see it: what they share, and what they may ask of it.
 *
 * The parts (receiving, sending, credit, watchdog) know this, the connection knows the parts; so neither a part nor
 * another part needs the connection itself.
 */
export interface ConnectionCore {
  readonly isServer: boolean;
  readonly limits: ConnectionLimits;
  readonly events: ConnectionEvents;
  readonly clock: Clock;
  readonly output: Output;
  readonly encoder: HpackEncoder;
  readonly writer: FrameWriter;
  readonly budgets: Budgets;
  readonly peer: PeerSettings;
  readonly streams: StreamTable;
  readonly sendQueue: SendQueue;
  readonly recentlyReset: RecentIds;
  readonly receiver: { readonly decoder: HpackDecoder; readonly frameCount: number };
  readonly watchdog: { hasPeerSettings: boolean; hasSettingsAck: boolean };
  readonly credit: {
    windowBytes: number;
    consume(stream: Http2Stream, bytes: number): void;
    give(bytes: number): void;
  };
  readonly isInsideFrame: boolean;
  readonly isOver: boolean;
  readonly openCount: number;
  readonly nextStreamId: number;
  sendWindow: number;
  lastPeerStreamId: number;
  state: 'open' | 'draining' | 'ended' | 'closed';
  isFinal: boolean;
  needsPump: boolean;
  addStream(id: number, events: StreamEvents): Http2Stream;
  closeStream(stream: Http2Stream, reset?: StreamReset): void;
  failStream(stream: Http2Stream, fault: Fault): boolean;
  fail(fault: Fault): false;
  cut(message: string): void;
  drain(): void;
  finishDrain(): void;
  endWhenIdle(): void;
  onDataSent(): void;
  onLocalEnd(stream: Http2Stream): void;
}
