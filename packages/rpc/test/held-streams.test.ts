import { createClient } from '@connectrpc/connect';
import { createBalancer, staticEndpoint } from '@mainstay/discovery';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createRpcTransport } from '../src/index.ts';
import { connect, silent } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

test('2,000 streams that one instance holds, of which its connections carry 1,000 each, keep no other call waiting', async () => {
  await using _leaks = leakCheck();
  const done = Promise.withResolvers<void>();
  await using instance = await connect('socket', {
    unary: ({ value }) => ({ value: `${value}!` }),
    async *serverStream({ value }) {
      yield { value };
      await done.promise;
    },
  });
  const endpoints = [staticEndpoint(instance.server?.address as string)];
  await using transport = createRpcTransport({
    ...silent,
    service: 'kinds',
    resolve: () => endpoints,
    balancer: createBalancer('round_robin'),
  });
  const client = createClient(KindsService, transport);

  const streams = Array.from({ length: 2_000 }, () => client.serverStream({ value: 'a' })[Symbol.asyncIterator]());
  expect(await Promise.all(streams.map(async (stream) => (await stream.next()).value?.value))).toEqual(
    Array(2_000).fill('a'),
  );
  expect((await client.unary({ value: 'b' })).value).toBe('b!');

  done.resolve();
  expect(await Promise.all(streams.map(async (stream) => (await stream.next()).done))).not.toContain(false);
});
