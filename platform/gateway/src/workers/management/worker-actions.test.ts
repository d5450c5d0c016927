import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ManagementAction } from '@mainstay/health';
import { silentLogger } from '@mainstay/kernel';
import { expect, onTestFinished, test } from 'vitest';
import { ReadyWorkers } from '../ready-workers.ts';
import { workerActions } from './worker-actions.ts';

/** A worker that breaks off the first act, and does those after it. */
async function startBrokenWorker(): Promise<{ readonly workers: ReadyWorkers; readonly acts: () => number }> {
  let acts = 0;
  const server = createServer((request, response) => {
    acts += 1;
    if (acts === 1) request.socket.destroy();
    else response.end('{"changed":["gateway.limits.tiers"]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const workers = new ReadyWorkers();
  const managementUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const listeners = { grpcAddress: undefined, address: undefined };
  workers.add(1, { type: 'mainstay.ready', instanceId: 'w-1', services: ['gateway'], managementUrl, ...listeners });
  return { workers, acts: () => acts };
}

async function act(workers: ReadyWorkers, path: string, body: object): Promise<object> {
  const action = workerActions(workers, silentLogger)[path] as ManagementAction;
  return await action(body);
}

test('what all workers do is asked for once more, 2 times in all, when one breaks off', async () => {
  const { workers, acts } = await startBrokenWorker();

  const answer = await act(workers, '/config', {});

  expect([answer, acts()]).toEqual([{ changed: ['gateway.limits.tiers'] }, 2]);
});

test('what one worker does for all, such as making a key, is not asked for again', async () => {
  const { workers, acts } = await startBrokenWorker();

  await expect(act(workers, '/gateway/keys', { act: 'create' })).rejects.toMatchObject({
    reason: 'WORKER_UNREACHABLE',
  });
  expect(acts()).toBe(1);
});
