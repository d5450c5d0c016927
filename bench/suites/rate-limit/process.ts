import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLocalLimiter } from '@mainstay/rate-limit';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Subject } from '../../harness/child.ts';
import { nanosecondsPerCall, nanosecondsPerSyncCall } from '../../harness/closed-loop.ts';
import type { Effort, Figures } from '../../harness/suite.ts';

const many = 1_000_000;
const busyKeys = 1_000;
const stride = 7_919;
const enough = 1_000_000_000;

/** Asks for one client; a promise when the library gives one. */
type Check = (key: string) => unknown;

const contenders: Readonly<Record<string, () => Check>> = {
  mainstay: () => {
    const limit = { limitPerMinute: enough, burst: enough };
    const limiter = createLocalLimiter({ maxKeys: 2 * many });
    return (key) => limiter.take([{ name: 'client', key, limit, cost: 1 }]);
  },
  'rate-limiter-flexible': () => {
    const limiter = new RateLimiterMemory({ points: enough, duration: 3_600 });
    return (key) => limiter.consume(key);
  },
  'counter in a Map': () => {
    const counts = new Map<string, number>();
    return (key) => {
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count <= enough;
    };
  },
};

/** A process with one limiter; the keys exist before, so only what the limiter keeps for them is counted. */
export async function start(name: string): Promise<Subject> {
  const make = contenders[name];
  if (make === undefined) throw new Error(`no limiter named ${name}`);
  return {
    async measure(effort: Effort): Promise<Record<string, Figures>> {
      const one = make();
      const single = await nanoseconds(() => one('client-0'), effort);
      const keys = Array.from({ length: many }, (_, n) => `client-${n}`);
      const check = make();
      const before = liveBytes();
      for (const key of keys) await check(key);
      const bytesPerKey = (liveBytes() - before) / many;
      const busyKey = inTurn(keys.slice(0, busyKeys));
      const busy = await nanoseconds(() => check(busyKey()), effort);
      const anyKey = inTurn(keys);
      const spread = await nanoseconds(() => check(anyKey()), effort);
      return {
        '1 key': { nanoseconds: single },
        '1,000 busy keys of 1,000,000': { nanoseconds: busy, bytesPerKey },
        '1,000,000 keys in turn': { nanoseconds: spread, bytesPerKey },
      };
    },
  };
}

/**
 * Gives one key after the other, none where the processor expects it: the stride is prime to their number.
 *
 * The place stays a small integer: a product of the stride and the number of the call would soon need a division of floating-point numbers, 16 ns.
 */
function inTurn(keys: readonly string[]): () => string {
  let at = 0;
  return () => {
    at = (at + stride) % keys.length;
    return keys[at] as string;
  };
}

function nanoseconds(call: (n: number) => unknown, { warmUpMs, runMs }: Effort): Promise<number> {
  const length = { warmUpMs: warmUpMs / 2, runMs: runMs / 2 };
  return call(0) instanceof Promise ? nanosecondsPerCall(call, length) : nanosecondsPerSyncCall(call, length);
}

function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
