import { createClient } from '@connectrpc/connect';
import { Health } from '@mainstay/contracts/grpc/health/v1/health';
import { PlatformError } from '@mainstay/kernel';
import { type Priority, resilienceReasons } from '@mainstay/resilience';
import { expect, test } from 'vitest';
import { connect } from './connect-both.ts';

test('a server that is too busy for a priority refuses before the handler, executed no; critical calls go through', async () => {
  let runs = 0;
  const asked: Priority[] = [];
  const unary = (): object => {
    runs += 1;
    return {};
  };
  const admit = (priority: Priority): undefined => {
    asked.push(priority);
    if (priority !== 'critical') throw new PlatformError(resilienceReasons.LOAD_SHED, 'too busy');
  };
  await using connected = await connect('socket', { unary }, { admit, maxAttempts: 1 });

  await expect(connected.client.unary({})).rejects.toMatchObject({
    reason: 'LOAD_SHED',
    code: 'resource_exhausted',
    executed: 'no',
    retryAfterMs: 1_000,
  });
  await createClient(Health, connected.transport).check({});

  expect(runs).toBe(0);
  expect(asked).toEqual(['normal', 'critical']);
});
