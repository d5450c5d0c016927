import { Cancellation, deadlineIn, remainingMs } from '@mainstay/kernel';
import { currentContext, newTrace, runInContext, withContext } from '@mainstay/kernel/context';
import { expect, test } from 'vitest';
import { aborted, collect, connect, never, ways } from './connect-both.ts';

const nobody = { trace: newTrace(), identity: { kind: 'anonymous', roles: [] } } as const;

test.for(ways)('%s: the deadline of 80 ms in the contract ends the call and aborts the handler', async (way) => {
  const stopped = Promise.withResolvers<unknown>();
  await using connected = await connect(way, {
    async short(_, { signal }) {
      await aborted(signal);
      stopped.resolve(signal.reason);
      return {};
    },
  });

  const startedAtMs = performance.now();
  const failure = connected.client.short({});

  await expect(failure).rejects.toMatchObject({
    reason: 'DEADLINE_EXCEEDED',
    executed: 'maybe',
    httpStatus: undefined,
  });
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  expect(await stopped.promise).toMatchObject({ name: expect.any(String) });
});

test.for(ways)('%s: a handler that ignores its signal does not hold the caller beyond the deadline', async (way) => {
  const release = Promise.withResolvers<void>();
  await using connected = await connect(way, {
    async short() {
      await release.promise;
      return {};
    },
  });

  await expect(connected.client.short({})).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  release.resolve();
});

test.for(ways)('%s: the earliest of context, contract and call option is the deadline', async (way) => {
  const left: number[] = [];
  await using connected = await connect(way, {
    unary() {
      left.push(remainingMs(currentContext()?.deadline));
      return {};
    },
  });
  const { client } = connected;

  await client.unary({});
  await client.unary({}, { timeoutMs: 60_000 });
  await client.unary({}, { timeoutMs: 2_000 });
  await runInContext({ ...nobody, deadline: deadlineIn(900) }, () => client.unary({}, { timeoutMs: 2_000 }));

  expect(left.map((ms) => Math.ceil(ms / 1_000))).toEqual([5, 5, 2, 1]);
});

test.for(ways)(
  '%s: a deadline of 50 ms set inside a call that lives longer ends the calls made under it',
  async (way) => {
    const release = Promise.withResolvers<void>();
    await using connected = await connect(way, {
      async unary() {
        await release.promise;
        return {};
      },
    });
    const served = { ...nobody, deadline: deadlineIn(60_000), cancellation: new Cancellation() };

    const failure = runInContext(served, () =>
      withContext({ deadline: deadlineIn(50) }, () => connected.client.unary({})),
    );

    await expect(failure).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
    release.resolve();
  },
);

test.for(ways)('%s: with nothing left the call is refused and the handler does not run', async (way) => {
  let runs = 0;
  await using connected = await connect(way, {
    unary() {
      runs++;
      return {};
    },
  });

  const failure = runInContext({ ...nobody, deadline: deadlineIn(-5) }, () => connected.client.unary({}));

  await expect(failure).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED', executed: 'no' });
  expect(runs).toBe(0);
});

test.for(ways)('%s: a caller that cancels aborts the handler of a single call', async (way) => {
  const started = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  await using connected = await connect(way, {
    async unary(_, { signal }) {
      started.resolve();
      await aborted(signal);
      stopped.resolve();
      return {};
    },
  });
  const controller = new AbortController();

  const failure = connected.client.unary({}, { signal: controller.signal });
  await started.promise;
  controller.abort();

  await expect(failure).rejects.toMatchObject({ code: 'canceled', reason: 'CANCELED', executed: 'maybe' });
  await stopped.promise;
});

test.for(ways)('%s: a caller that cancels in the middle of a stream runs the finally of its handler', async (way) => {
  const cleaned = Promise.withResolvers<void>();
  await using connected = await connect(way, {
    async *serverStream(_, { signal }) {
      try {
        yield { value: 'one' };
        await never(signal);
      } finally {
        cleaned.resolve();
      }
    },
  });
  const controller = new AbortController();
  const seen: string[] = [];

  const reading = async (): Promise<void> => {
    for await (const { value } of connected.client.serverStream({}, { signal: controller.signal })) {
      seen.push(value);
      controller.abort();
    }
  };

  await expect(reading()).rejects.toMatchObject({ reason: 'CANCELED' });
  await cleaned.promise;
  expect(seen).toEqual(['one']);
});

test.for(ways)('%s: a handler that never looks at its signal is stopped at its next message', async (way) => {
  const cleaned = Promise.withResolvers<void>();
  await using connected = await connect(way, {
    async *serverStream() {
      try {
        for (;;) {
          await new Promise((resolve) => setImmediate(resolve));
          yield { value: 'x'.repeat(10_000) };
        }
      } finally {
        cleaned.resolve();
      }
    },
  });
  const controller = new AbortController();
  const stream = connected.client.serverStream({}, { signal: controller.signal })[Symbol.asyncIterator]();

  await stream.next();
  controller.abort();

  await expect(stream.next()).rejects.toMatchObject({ reason: 'CANCELED' });
  await cleaned.promise;
});

test.for(ways)('%s: what a handler left running is told that its call is over', async (way) => {
  const told = Promise.withResolvers<unknown>();
  await using connected = await connect(way, {
    unary(_, { signal }) {
      void aborted(signal).then(() => told.resolve(signal.reason));
      return {};
    },
  });

  await connected.client.unary({});

  expect(await told.promise).toMatchObject({ reason: 'CANCELED', rawMessage: 'the call is over' });
});

test.for(ways)('%s: a canceled context cancels the calls made in it', async (way) => {
  const started = Promise.withResolvers<void>();
  await using connected = await connect(way, {
    async unary(_, { signal }) {
      started.resolve();
      return never(signal);
    },
  });
  const controller = new AbortController();

  const failure = runInContext({ ...nobody, signal: controller.signal }, () => connected.client.unary({}));
  await started.promise;
  controller.abort();

  await expect(failure).rejects.toMatchObject({ reason: 'CANCELED' });
});

test.for(ways)(
  '%s: a stream without a limit in its contract goes on beyond 5 s of nothing, its calls do not',
  async (way) => {
    await using connected = await connect(way, {
      async *serverStream(_, context) {
        yield { value: String(context.timeoutMs()) };
      },
      unary: (_, context) => ({ value: String((context.timeoutMs() ?? 0) > 4_000) }),
    });

    expect(await collect(connected.client.serverStream({}))).toMatchObject([{ value: 'undefined' }]);
    expect(await connected.client.unary({})).toMatchObject({ value: 'true' });
  },
);
