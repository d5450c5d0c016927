import type { TickResponse } from '../../gen/bench/v1/bench_pb.ts';

/** A message of the stream, as it is made. */
export type Tick = Pick<TickResponse, 'number' | 'id'>;

/** A way to stream many small messages from one process to another. */
export interface Ticker {
  /** Serves streams of as many messages as `ticks` gives; resolves when calls can come. */
  serve(port: number, ticks: (count: number) => Iterable<Tick>): Promise<void>;
  /** Opens one connection; the function opens a stream of `count` messages. */
  connect(port: number): (count: number) => AsyncIterable<{ readonly number: number }>;
}
