import { inspect } from 'node:util';
import { percentile } from './statistics.ts';

/** What a closed loop found. */
export interface LoopFigures {
  readonly calls: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
}

/**
 * Calls in a closed loop: `inFlight` callers, each of which sends its next call when the last one is answered.
 *
 * Latencies leave out queueing before the call, which an open load would show; with many in flight p50 is mostly
 * `inFlight` divided by the rate.
 */
export async function closedLoop(
  call: () => Promise<unknown>,
  options: { readonly runMs: number; readonly inFlight: number },
): Promise<LoopFigures> {
  const latencies: number[] = [];
  let errors = 0;
  let firstError: unknown;
  const startedMs = performance.now();
  const endMs = startedMs + options.runMs;
  const caller = async (): Promise<void> => {
    for (let beganMs = performance.now(); beganMs < endMs; ) {
      try {
        await call();
        const nowMs = performance.now();
        latencies.push(nowMs - beganMs);
        beganMs = nowMs;
      } catch (error) {
        errors += 1;
        firstError ??= error;
        // Lets the clock and the socket advance when every call is refused at once.
        await new Promise((resolve) => setTimeout(resolve, 1));
        beganMs = performance.now();
      }
    }
  };
  await Promise.all(Array.from({ length: options.inFlight }, caller));
  const seconds = (performance.now() - startedMs) / 1_000;
  if (firstError !== undefined) process.stderr.write(`  ${errors} errors, the first: ${inspect(firstError)}\n`);
  const sorted = Float64Array.from(latencies).sort();
  return {
    calls: sorted.length,
    perSecond: sorted.length / seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    errors,
  };
}

/** Nanoseconds of one call, called again and again for about `runMs`, each awaited before the next. */
export async function nanosecondsPerCall(
  call: (n: number) => unknown,
  effort: { readonly runMs: number; readonly warmUpMs: number },
): Promise<number> {
  const loop = async (count: number): Promise<number> => {
    const started = process.hrtime.bigint();
    for (let n = 0; n < count; n++) await call(n);
    return Number(process.hrtime.bigint() - started) / count;
  };
  return await repeat(loop, effort);
}

/** The same of a function that answers at once, as processor time: what else runs on the machine does not count. */
export async function nanosecondsPerSyncCall(
  call: (n: number) => unknown,
  effort: { readonly runMs: number; readonly warmUpMs: number },
): Promise<number> {
  let kept: unknown;
  const loop = (count: number): number => {
    const started = process.cpuUsage();
    for (let n = 0; n < count; n++) kept = call(n);
    const { user, system } = process.cpuUsage(started);
    return ((user + system) * 1_000) / count;
  };
  const result = await repeat(loop, effort);
  if (kept === undefined) throw new Error('the measured function gave nothing');
  return result;
}

async function repeat(
  loop: (count: number) => number | Promise<number>,
  { runMs, warmUpMs }: { readonly runMs: number; readonly warmUpMs: number },
): Promise<number> {
  const small = 10_000;
  const untilMs = performance.now() + warmUpMs;
  let estimate = await loop(small);
  while (performance.now() < untilMs) estimate = await loop(small);
  return await loop(Math.max(small, Math.round((runMs * 1e6) / estimate)));
}
