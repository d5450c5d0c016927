import { parentPort, workerData } from 'node:worker_threads';
import { compareGood, compareHostile } from '../wire/compare.ts';

/** What the fuzzer is to do. */
export interface FuzzJob {
  /** Of the first stream; each further one has the next. */
  readonly seed: number;
  readonly streams: number;
  /** The seed that is played. */
  readonly place: Int32Array;
}

/** How far it has come. */
export interface FuzzProgress {
  readonly streams: number;
  /** Requests that the wire saw, and those that llhttp saw. */
  readonly wire: number;
  readonly node: number;
  readonly refused: number;
  readonly heapBytes: number;
  readonly isDone: boolean;
}

/** Streams between two reports. */
const reportEach = 10_000;

const { seed, streams, place } = workerData as FuzzJob;
const sum = { wire: 0, node: 0, refused: 0 };

function report(count: number): void {
  const progress: FuzzProgress = {
    ...sum,
    streams: count,
    heapBytes: process.memoryUsage().heapUsed,
    isDone: count === streams,
  };
  parentPort?.postMessage(progress);
}

for (let count = 0; count < streams; count++) {
  Atomics.store(place, 0, seed + count);
  const compared = [await compareHostile(seed + count), ...(count % 8 === 0 ? [await compareGood(seed + count)] : [])];
  for (const { wire, node, isRefused } of compared) {
    sum.wire += wire;
    sum.node += node;
    sum.refused += Number(isRefused);
  }
  if ((count + 1) % reportEach === 0 && count + 1 < streams) report(count + 1);
}
report(streams);
