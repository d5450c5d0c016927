import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { FuzzJob, FuzzProgress } from './worker.ts';

/** A stream that takes longer than this hangs; the longest ones take some ten milliseconds. */
const hangMs = 30_000;
/** What the heap may grow by between the first report and the last. */
const maxGrowthBytes = 16 * 1_048_576;

const { values } = parseArgs({
  options: { streams: { type: 'string' }, seed: { type: 'string' } },
});
const job: FuzzJob = {
  seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(values.seed),
  streams: Number(values.streams ?? 100_000),
  place: new Int32Array(new SharedArrayBuffer(4)),
};
const startedMs = performance.now();
process.stdout.write(
  `seeds from ${job.seed} on, ${job.streams} streams of hostile bytes against the wire engine and llhttp\n`,
);

const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: job });
let first: FuzzProgress | undefined;
let last: FuzzProgress | undefined;

function failed(why: string): void {
  const replay = `npm run fuzz:http1 -- --streams 1 --seed ${Atomics.load(job.place, 0)}`;
  process.stderr.write(`${why}\nreplay with: ${replay}\n`);
  process.exitCode = 1;
  clearInterval(watch);
  void worker.terminate();
}

worker.on('message', (progress: FuzzProgress) => {
  first ??= progress;
  last = progress;
  const mib = (progress.heapBytes / 1_048_576).toFixed(1);
  process.stdout.write(`${progress.streams} streams, heap ${mib} MiB\n`);
});
worker.on('error', (error) => failed(error.stack ?? error.message));
worker.on('exit', () => {
  clearInterval(watch);
  if (first === undefined || last?.isDone !== true) return;
  const grownBytes = last.heapBytes - first.heapBytes;
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  process.stdout.write(
    `${last.streams} streams, requests seen: ${last.wire} by the wire, ${last.node} by llhttp, refused ${last.refused}, ${seconds} s: no crash, no hang, heap ${(grownBytes / 1_048_576).toFixed(1)} MiB more\n`,
  );
  if (grownBytes > maxGrowthBytes) failed(`the heap grew by ${grownBytes} bytes`);
});

let seenPlace = -1;
let seenAtMs = startedMs;
const watch = setInterval(() => {
  const now = Atomics.load(job.place, 0);
  if (now !== seenPlace) [seenPlace, seenAtMs] = [now, performance.now()];
  else if (performance.now() - seenAtMs > hangMs) failed(`a stream takes longer than ${hangMs} ms`);
}, 1_000);
