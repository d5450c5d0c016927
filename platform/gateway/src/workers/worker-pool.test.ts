import { silentLogger } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, it } from 'vitest';
import { startWorkerPool, type WorkerPool, type WorkerProcess } from './worker-pool.ts';

/** A worker that gets ready and ends when the test says so. */
interface Played extends WorkerProcess {
  readonly end: (how: number | string) => void;
  readonly fail: () => void;
  stopped: boolean;
}

function play(isReady: boolean, pid: number): Played {
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<number | string>();
  ready.promise.catch(() => undefined);
  if (isReady) ready.resolve();
  const worker: Played = {
    pid,
    ready: ready.promise,
    ended: ended.promise,
    end: ended.resolve,
    fail() {
      ready.reject(new TypeError('wrong configuration'));
      ended.resolve(1);
    },
    stopped: false,
    stop() {
      worker.stopped = true;
      ended.resolve('SIGTERM');
    },
  };
  return worker;
}

async function start(
  count: number,
): Promise<{ pool: WorkerPool; workers: Played[]; clock: FakeClock; next: boolean[] }> {
  const workers: Played[] = [];
  const next: boolean[] = [];
  const clock = new FakeClock();
  const pool = await startWorkerPool({
    count,
    clock,
    logger: silentLogger,
    start() {
      const worker = play(next.shift() ?? true, workers.length + 1);
      workers.push(worker);
      return worker;
    },
  });
  return { pool, workers, clock, next };
}

describe('a pool of workers', () => {
  it('replaces one that crashed after 100 ms, then 200 ms, up to 10 s, and after a minute of peace 100 ms again', async () => {
    const { pool, workers, clock } = await start(1);
    const crash = async (): Promise<number> => {
      const before = workers.length;
      workers.at(-1)?.end('SIGKILL');
      for (let waited = 0; ; waited += 100) {
        await clock.advance(waited === 0 ? 0 : 100);
        if (workers.length > before) return waited;
      }
    };

    expect([await crash(), await crash(), await crash()]).toEqual([100, 200, 400]);
    for (let i = 0; i < 6; i++) await crash();
    expect(await crash()).toBe(10_000);
    await clock.advance(60_001);
    expect(await crash()).toBe(100);
    expect(pool.pids()).toEqual([workers.length]);
  });

  it('replaces all one after the other, each when its successor is ready', async () => {
    const { pool, workers } = await start(2);
    await pool.replaceAll();

    expect(pool.pids()).toEqual([3, 4]);
    expect(workers.map(({ stopped }) => stopped)).toEqual([true, true, false, false]);
  });

  it('keeps the old ones when a new one does not get ready', async () => {
    const { pool, workers, next } = await start(2);
    next.push(false);
    const replaced = pool.replaceAll();
    workers.at(-1)?.fail();
    await replaced;

    expect(pool.pids()).toEqual([1, 2]);
    expect(workers.map(({ stopped }) => stopped)).toEqual([false, false, false]);
  });

  it('stops all when the first start fails, and says why', async () => {
    const workers: Played[] = [];
    const started = startWorkerPool({
      count: 2,
      clock: new FakeClock(),
      logger: silentLogger,
      start() {
        const worker = play(workers.length === 0, workers.length + 1);
        workers.push(worker);
        return worker;
      },
    });
    workers[1]?.fail();

    await expect(started).rejects.toThrow('wrong configuration');
    expect(workers[0]?.stopped).toBe(true);
  });

  it('starts none again once it stops', async () => {
    const { pool, workers, clock } = await start(2);
    await pool.stop();
    await clock.advance(60_000);

    expect(workers).toHaveLength(2);
  });
});
