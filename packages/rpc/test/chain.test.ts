import type { Client } from '@connectrpc/connect';
import { defineReasons, PlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { aborted, type Connected, connect, never } from './connect-both.ts';
import type { KindsService } from './kinds-service.ts';

const { STORE_DOWN } = defineReasons({
  STORE_DOWN: { code: 'unavailable', executed: 'no', retry: 'now', summary: 'x', operator: 'x' },
});

type Next = Client<typeof KindsService>;
type Handler = (next: Next | undefined, signal: AbortSignal) => Promise<unknown>;

/** Three services over sockets, the first calls the second, the second the third; each handler gets the client of the next. */
async function startChain(handlers: readonly [Handler, Handler, Handler]) {
  const stack = new AsyncDisposableStack();
  let next: Connected | undefined;
  for (const handler of handlers.toReversed()) {
    const client = next?.client;
    next = stack.use(
      await connect('socket', {
        async unary(_, { signal }) {
          await handler(client, signal);
          return {};
        },
      }),
    );
  }
  return {
    client: (next as Connected).client,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

test('100 requests through three layers onto a store that always fails reach it at most 120 times, the others 100 times', async () => {
  const reached = [0, 0, 0];
  const count = (layer: number) => (reached[layer] = (reached[layer] ?? 0) + 1);
  await using chain = await startChain([
    async (next) => {
      count(0);
      await next?.unary({});
    },
    async (next) => {
      count(1);
      await next?.unary({});
    },
    async () => {
      count(2);
      throw new PlatformError(STORE_DOWN, 'the disk is gone');
    },
  ]);

  for (let request = 0; request < 100; request++) {
    await expect(chain.client.unary({})).rejects.toMatchObject({ reason: 'STORE_DOWN' });
  }

  expect(reached.slice(0, 2)).toEqual([100, 100]);
  expect(reached[2]).toBeGreaterThan(100);
  expect(reached[2]).toBeLessThanOrEqual(120);
});

test('a deadline of 500 ms stops the work in every hop: no hop counts on after it', async () => {
  const worked = [0, 0, 0];
  const stopped = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const work = async (hop: number, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      worked[hop] = (worked[hop] ?? 0) + 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    stopped[hop]?.resolve();
  };
  await using chain = await startChain([
    async (next, signal) => {
      void work(0, signal);
      await next?.unary({});
    },
    async (next, signal) => {
      void work(1, signal);
      await next?.unary({});
    },
    async (_, signal) => {
      void work(2, signal);
      await never(signal);
    },
  ]);

  await expect(chain.client.unary({}, { timeoutMs: 500 })).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  await Promise.all(stopped.map(({ promise }) => promise));
  const atEnd = [...worked];
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));

  expect(Math.min(...atEnd)).toBeGreaterThan(0);
  expect(worked).toEqual(atEnd);
});

test('a hop that is reached after the deadline refuses at once, and the hop behind it is never asked', async () => {
  let reached = 0;
  await using chain = await startChain([
    async (next, signal) => {
      await aborted(signal);
      await next?.unary({});
    },
    async () => {
      reached += 1;
    },
    async () => {
      reached += 1;
    },
  ]);

  await expect(chain.client.unary({}, { timeoutMs: 50 })).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  expect(reached).toBe(0);
});
