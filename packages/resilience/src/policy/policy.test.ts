import { AsyncLocalStorage } from 'node:async_hooks';
import { Cancellation, deadlineIn, kernelReasons, PlatformError } from '@mainstay/kernel';
import { withContext } from '@mainstay/kernel/context';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { createBulkhead } from '../bulkhead/bulkhead.ts';
import { createCircuitBreaker } from '../circuit-breaker/circuit-breaker.ts';
import { createRetry } from '../retry/create-retry.ts';
import { createTimeout } from '../timeout/timeout.ts';
import { policy } from './policy.ts';
import type { Policy } from './policy-types.ts';

function setUp() {
  const clock = new FakeClock(0);
  const name = 'payments';
  const circuit = createCircuitBreaker({ name, clock, minimumCalls: 2, failureStreak: 2 });
  const bulkhead = createBulkhead({ name, clock, maxConcurrent: 1, maxQueued: 1 });
  const again = createRetry({ name, clock, idempotency: 'safe', random: () => 0 });
  const limit = createTimeout({ name, clock, limitMs: 100 });
  const all = policy(again, circuit, limit, bulkhead);
  return { clock, circuit, bulkhead, again, limit, all };
}

const never = () => new Promise<never>(() => undefined);

describe('a call', () => {
  test('passes the result of an async, of a sync function and of a thenable through all layers', async () => {
    const { all } = setUp();
    // Query builders and clients of other libraries answer with objects that only have a `then`.
    const then: PromiseLike<number>['then'] = (onValue) => Promise.resolve(3).then(onValue);
    const key = 'then' as string;
    const thenable = { [key]: then } as unknown as PromiseLike<number>;
    const results: number[] = [
      await all.execute(async () => 1),
      await all.execute(() => 2),
      await all.execute(() => thenable),
    ];

    expect(results).toEqual([1, 2, 3]);
  });

  test('passes errors on as they are, also those thrown at once', async () => {
    const { all } = setUp();
    const error = new Error('mine');
    const throwing = () => {
      throw error;
    };

    await expect(all.execute(() => Promise.reject(error))).rejects.toBe(error);
    await expect(all.execute(throwing)).rejects.toBe(error);
  });

  test('that nobody cancels makes no AbortController and leaves no timer but the shared one', async () => {
    const { clock, all } = setUp();
    const { AbortController: original } = globalThis;
    let made = 0;
    globalThis.AbortController = class extends original {
      constructor() {
        super();
        made += 1;
      }
    };
    try {
      for (let call = 0; call < 100; call++) await all.execute(async () => call);
    } finally {
      globalThis.AbortController = original;
    }

    expect(made).toBe(0);
    expect(clock.pendingCount).toBe(1);
    await clock.advance(200);
    expect(clock.pendingCount).toBe(0);
  });

  test('does not begin when its signal is aborted: CANCELED, executed no', async () => {
    const { all, circuit } = setUp();

    const call = all.execute(() => expect.unreachable(), AbortSignal.abort('gone'));

    await expect(call).rejects.toMatchObject({ reason: 'CANCELED', executed: 'no', cause: 'gone' });
    expect(circuit.snapshot().calls).toBe(0);
  });

  test('follows a cancellation as it follows a signal: before it begins, while it waits and while it runs', async () => {
    const { clock, all, bulkhead } = setUp();
    const gone = new PlatformError(kernelReasons.CANCELED, 'gone');
    const [before, waiting, running] = [new Cancellation(), new Cancellation(), new Cancellation()];
    before.cancel(gone);

    const refused = all.execute(() => expect.unreachable(), { cancellation: before });
    const ran = all.execute(({ signal }) => clock.sleep(50, signal), { cancellation: running });
    const waited = all.execute(() => expect.unreachable(), { cancellation: waiting });
    waiting.cancel(gone);
    running.cancel(gone);

    await expect(refused).rejects.toMatchObject({ reason: 'CANCELED', executed: 'no', cause: gone });
    await expect(waited).rejects.toBe(gone);
    await expect(ran).rejects.toBe(gone);
    expect(bulkhead.snapshot()).toMatchObject({ running: 0, queued: 0 });
  });

  test('gives the function the signal of the caller when no layer ends calls', async () => {
    const { circuit } = setUp();
    const { signal } = new AbortController();

    expect(await circuit.execute((call) => call.signal, { signal })).toBe(signal);
    expect(await circuit.execute((call) => call.signal.aborted)).toBe(false);
  });

  test('tells the function its earliest deadline: that of the context, of the facts, or of a time-out around', async () => {
    const { clock, all, circuit } = setUp();
    const deadline = deadlineIn(50, clock);

    expect(await circuit.execute((call) => call.deadline)).toBeUndefined();
    expect(await withContext({ deadline }, () => circuit.execute((call) => call.deadline))).toEqual(deadline);
    expect(await all.execute((call) => call.deadline?.atMs, { deadline })).toBe(50);
    expect(await all.execute((call) => call.deadline?.atMs)).toBe(100);
  });
});

describe('a time-out inside a retry', () => {
  test('aborts the try that hung, repeats it, and the late end of the first changes nothing', async () => {
    const { clock, all, circuit } = setUp();
    const signals: AbortSignal[] = [];
    const ends: (() => void)[] = [];
    const result = all.execute(({ signal, attempt }) => {
      signals.push(signal);
      return new Promise<string>((resolve) => ends.push(() => resolve(`try ${attempt}`)));
    });

    await clock.advance(100);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    ends[0]?.();
    await clock.advance(50);
    ends[1]?.();

    expect(await result).toBe('try 2');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(circuit.snapshot()).toMatchObject({ calls: 2, failures: 1, failuresInARow: 0 });
  });

  test('continues in the async context of the caller, for any AsyncLocalStorage', async () => {
    const { clock, again, limit } = setUp();
    const storage = new AsyncLocalStorage<string>();
    const seen: string[] = [];
    const all = policy(again, limit);
    const results = ['first', 'second'].map((name) =>
      storage.run(name, () =>
        all.execute(async ({ attempt }) => {
          seen.push(`${name} ${attempt} in ${storage.getStore()}`);
          if (attempt === 1) await clock.sleep(1_000);
          return name;
        }),
      ),
    );

    await clock.advance(1_500);

    expect(await Promise.all(results)).toEqual(['first', 'second']);
    expect(seen).toEqual(['first 1 in first', 'second 1 in second', 'first 2 in first', 'second 2 in second']);
  });
});

describe('composition', () => {
  test('flattens compositions inside, so the parts may be made and tested alone', async () => {
    const { clock, circuit, limit, again } = setUp();
    const inner = policy(circuit, limit);
    const outer = policy(again, inner);
    const result = outer.execute(never);
    result.catch(() => undefined);

    await clock.advance(500);

    await expect(result).rejects.toMatchObject({ reason: 'CIRCUIT_OPEN' });
    expect(circuit.state).toBe('open');
  });

  test('refuses to be made of nothing, or of one policy twice', () => {
    const { circuit, limit } = setUp();

    expect(() => policy()).toThrow(/policy must be made of at least one policy/);
    expect(() => policy(circuit, limit, circuit)).toThrow(/policy must be made of different policies/);
  });

  test('takes any object with an execute, and hands the signal on both ways', async () => {
    const { clock, limit, bulkhead } = setUp();
    const controller = new AbortController();
    const seen: AbortSignal[] = [];
    const foreign: Policy<'instead'> = {
      async execute(run, about) {
        seen.push((about as { signal: AbortSignal }).signal);
        const call = { signal: controller.signal, attempt: 1, deadline: undefined };
        return await Promise.resolve(run(call)).catch(() => 'instead');
      },
    } as Policy<'instead'>;
    const mixed = policy(limit, foreign, bulkhead);

    const good: number | 'instead' = await mixed.execute(async () => 5);
    const bad = await mixed.execute(() => Promise.reject(new Error('x')));
    const aborted = mixed.execute(({ signal }) => clock.sleep(1_000, signal));
    await clock.advance(10);
    controller.abort('foreign');

    expect([good, bad, await aborted]).toEqual([5, 'instead', 'instead']);
    expect(seen).toHaveLength(3);
    expect(bulkhead.snapshot().running).toBe(0);
  });
});
