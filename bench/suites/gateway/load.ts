import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { openChild } from '../../harness/child.ts';

/** What a load tool found. */
export interface LoadFigures {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly not2xx: number;
  readonly errors: number;
}

/** A load on one URL; each run keeps the connections busy for its time, in whole seconds. */
export interface Load extends AsyncDisposable {
  run(ms: number): Promise<LoadFigures>;
}

const hasWrk = spawnSync('wrk', ['-v']).error === undefined;

/** The tool in use: wrk when it is installed, because it takes less of the machine, otherwise autocannon. */
export const loadTool = (): string => (hasWrk ? 'wrk' : 'autocannon');

/** What is asked for, and by how many at the same time. */
export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  /** Sent with each request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Prepares a load of `connections` that each send the next request when the last one is answered. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  if (hasWrk) return { run: (ms) => runWrk(options, ms), [Symbol.asyncDispose]: async () => undefined };
  const child = await openChild(new URL('load-process.ts', import.meta.url), options);
  return { run: (ms) => child.call('load', seconds(ms)), [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

const seconds = (ms: number): number => Math.max(1, Math.round(ms / 1_000));

async function runWrk({ url, connections, headers }: LoadOptions, ms: number): Promise<LoadFigures> {
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const args = ['-t1', `-c${connections}`, `-d${seconds(ms)}s`, '--latency', ...fields, url];
  const { stdout } = await promisify(execFile)('wrk', args);
  const find = (pattern: RegExp): string => pattern.exec(stdout)?.[1] ?? '0';
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout) ?? [];
  return {
    requests: Number(find(/(\d+) requests in/)),
    perSecond: Number(find(/Requests\/sec:\s+([\d.]+)/)),
    p50Ms: milliseconds(find(/^\s+50%\s+(\S+)/m)),
    p99Ms: milliseconds(find(/^\s+99%\s+(\S+)/m)),
    not2xx: Number(find(/Non-2xx or 3xx responses: (\d+)/)),
    errors: socketErrors.slice(1).reduce((sum, count) => sum + Number(count), 0),
  };
}

function milliseconds(text: string): number {
  const [, value, unit] = /([\d.]+)(us|ms|s)/.exec(text) ?? [];
  return Number(value) * ({ us: 0.001, ms: 1, s: 1_000 }[unit as 'us' | 'ms' | 's'] ?? Number.NaN);
}
