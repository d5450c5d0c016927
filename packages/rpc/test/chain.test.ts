import type { Client } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { aborted, type Connected, connect } from './connect-both.ts';
import type { KindsService } from './kinds-service.ts';

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
