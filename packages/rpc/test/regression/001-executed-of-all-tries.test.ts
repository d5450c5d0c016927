import { createClient } from '@connectrpc/connect';
import { createBalancer, staticEndpoint } from '@mainstay/discovery';
import { type Executed, PlatformError, type Reason } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { createRpcTransport, rpcReasons } from '../../src/index.ts';
import { connect, silent } from '../connect-both.ts';
import { KindsService } from '../kinds-service.ts';

// A keyed call was tried twice: the first try broke after it was sent, the second was refused. The error of the second
// alone said `executed: no`, and a saga would have skipped the compensation of a step that may have run.
test.for<[Executed, Executed, Executed]>([
  ['maybe', 'no', 'maybe'],
  ['yes', 'maybe', 'yes'],
  ['no', 'maybe', 'maybe'],
  ['no', 'no', 'no'],
])('a first try that ran: %s, then a second that ran: %s, are an error that ran: %s', async ([first, second, both]) => {
  const tries: Executed[] = [];
  const failing = {
    keyed() {
      const executed = tries.length === 0 ? first : second;
      tries.push(executed);
      const reason: Reason = tries.length === 1 ? rpcReasons.CONNECTION_LOST : rpcReasons.SERVER_DRAINING;
      throw new PlatformError(reason, `try ${tries.length}`, { executed, metadata: { order_id: '42' } });
    },
  };
  await using a = await connect('socket', failing);
  await using b = await connect('socket', failing);
  const endpoints = [a, b].map(({ server }) => staticEndpoint(server?.address as string));
  const balancer = createBalancer('round_robin');
  const options = { ...silent, service: 'kinds', resolve: () => endpoints, balancer, maxAttempts: 2 };
  await using transport = createRpcTransport({ ...options, random: () => 0 });
  const client = createClient(KindsService, transport);

  const call = client.keyed({}, { headers: { 'idempotency-key': 'k-1' } });

  await expect(call).rejects.toMatchObject({
    reason: 'SERVER_DRAINING',
    rawMessage: 'try 2',
    executed: both,
    metadata: { order_id: '42' },
  });
  expect(tries).toEqual([first, second]);
});
