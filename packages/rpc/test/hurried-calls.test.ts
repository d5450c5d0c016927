import { type Client, createClient } from '@connectrpc/connect';
import { type Balancer, type CallOutcome, createBalancer, staticEndpoint } from '@mainstay/discovery';
import { deadlineIn } from '@mainstay/kernel';
import { newTrace, runInContext } from '@mainstay/kernel/context';
import { expect, test } from 'vitest';
import { createRpcTransport } from '../src/index.ts';
import { aborted, connect, silent } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

/** A client of a service that hangs, and what the balancer is told of each call. */
async function startHanging() {
  const stack = new AsyncDisposableStack();
  const outcomes: CallOutcome[] = [];
  const hang = async (_: unknown, { signal }: { signal: AbortSignal }) => {
    await aborted(signal);
    throw signal.reason;
  };
  const { server } = stack.use(await connect('socket', { short: hang, hedged: hang }));
  const endpoints = [staticEndpoint(server?.address as string)];
  const inner = createBalancer('round_robin');
  const balancer: Balancer = {
    pick: (all, request) => inner.pick(all, request),
    begin(endpoint) {
      const ended = inner.begin(endpoint);
      return (outcome) => {
        outcomes.push(outcome);
        ended(outcome);
      };
    },
  };
  const options = { ...silent, service: 'kinds', resolve: () => endpoints, balancer, maxAttempts: 1 };
  const client = createClient(KindsService, stack.use(createRpcTransport(options)));
  return { client, outcomes, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

type Call = (client: Client<typeof KindsService>) => Promise<unknown>;

/** Makes a call for a caller who waits that long. */
const within = (ms: number, call: () => Promise<unknown>): Promise<unknown> =>
  runInContext({ trace: newTrace(), identity: { kind: 'service', roles: [] }, deadline: deadlineIn(ms) }, call);

test.each<[string, Call]>([
  ['a call', (client) => client.short({})],
  ['a call that may be hedged', (client) => client.hedged({})],
])('%s that is left 20 ms says nothing of the instance that did not answer', async (_, call) => {
  await using at = await startHanging();

  await expect(within(20, () => call(at.client))).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  expect(at.outcomes).toEqual(['canceled']);
});

test('a call that had the 80 ms of its contract, or 60 of them, blames the instance', async () => {
  await using at = await startHanging();

  await expect(at.client.short({})).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  await expect(within(60, () => at.client.short({}))).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  expect(at.outcomes).toEqual(['failure', 'failure']);
});
