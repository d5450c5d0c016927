import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { FuzzJob, FuzzProgress } from './worker.ts';

/** A session that takes longer than this hangs; the longest ones take some hundred milliseconds. */
const hangMs = 30_000;
/** What the heap may grow by between the first report and the last. */
const maxGrowthBytes = 16 * 1_048_576;

const { values } = parseArgs({
  options: { frames: { type: 'string' }, seed: { type: 'string' }, session: { type: 'string' } },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const place = new Int32Array(new SharedArrayBuffer(4));
const job: FuzzJob = {
  seed,
  maxFrames: Number(values.frames ?? 5_000_000),
  session: values.session === undefined ? undefined : Number(values.session),
  place,
};
const startedMs = performance.now();
process.stdout.write(`seed ${seed}, ${job.maxFrames} mutated frames against servers and clients of the wire engine\n`);

const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: job });
let last: FuzzProgress | undefined;
let firstHeapBytes: number | undefined;

function replay(): string {
  return `replay with: npm run fuzz -- --seed ${seed} --session ${Atomics.load(place, 0)}`;
}

function failed(why: string): void {
  process.stderr.write(`${why}\n${replay()}\n`);
  process.exitCode = 1;
  clearInterval(watch);
  void worker.terminate();
}

worker.on('message', (progress: FuzzProgress) => {
  last = progress;
  firstHeapBytes ??= progress.heapBytes;
  const mib = (progress.heapBytes / 1_048_576).toFixed(1);
  process.stdout.write(`${progress.frames} frames, ${progress.sessions} sessions, heap ${mib} MiB\n`);
});
worker.on('error', (error) => failed(`crashed: ${error.stack ?? error.message}`));
worker.on('exit', () => {
  clearInterval(watch);
  if (last?.isDone !== true) return;
  const grownBytes = last.heapBytes - (firstHeapBytes ?? last.heapBytes);
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  const rules = Object.entries(last.faults).toSorted(([, a], [, b]) => b - a);
  process.stdout.write(`rules broken: ${rules.map(([rule, count]) => `${rule} ${count}`).join(', ')}\n`);
  process.stdout.write(
    `${last.frames} mutated frames in ${last.sessions} sessions, ${last.answered} frames in answer, ${seconds} s: no crash, no hang, heap ${grownBytes >= 0 ? '+' : ''}${(grownBytes / 1_048_576).toFixed(1)} MiB\n`,
  );
  if (grownBytes > maxGrowthBytes) failed(`the heap grew by ${grownBytes} bytes`);
});

let seenPlace = -1;
let seenAtMs = startedMs;
const watch = setInterval(() => {
  const now = Atomics.load(place, 0);
  if (now !== seenPlace) [seenPlace, seenAtMs] = [now, performance.now()];
  else if (performance.now() - seenAtMs > hangMs) failed(`a session takes longer than ${hangMs} ms`);
}, 1_000);
