import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ManagementAction } from '@mainstay/health';
import { silentLogger } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ReadyWorkers } from '../ready-workers.ts';
import { workerActions } from './worker-actions.ts';

const done: RequestListener = (_, response) => void response.end('{"changed":["gateway.limits.tiers"],"error":null}');

/** Workers with the numbers 1, 2, … that answer acts like this. */
async function startWorkers(answers: readonly RequestListener[]) {
  const workers = new ReadyWorkers();
  const acts: number[] = [];
  const add = async (answer: RequestListener): Promise<void> => {
    const number = acts.push(0);
    const server = createServer((request, response) => {
      acts[number - 1]! += 1;
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const managementUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const listeners = { grpcAddress: undefined, address: undefined };
    const instanceId = `w-${number}`;
    workers.add(number, { type: 'mainstay.ready', instanceId, services: ['gateway'], managementUrl, ...listeners });
  };
  for (const answer of answers) await add(answer);
  const clock = new FakeClock();
  const actions = workerActions(workers, { clock, logger: silentLogger });
  const act = async (path: string, body: object = {}): Promise<object> =>
    await (actions[path] as ManagementAction)(body);
  return { workers, add, acts, clock, act };
}

test('what all workers do is not asked of one that was told to stop', async () => {
  const { workers, acts, act } = await startWorkers([done, done]);
  workers.leave(1);

  expect(await act('/config')).toMatchObject({ error: null });
  await act('/gateway/keys', { act: 'create' });

  expect(acts).toEqual([0, 2]);
});

test('a worker that is killed while it is asked is left out as soon as its end is known', async () => {
  const { workers, acts, act } = await startWorkers([(request) => void request.socket.destroy(), done]);

  const answer = act('/config');
  await expect.poll(() => acts).toEqual([1, 1]);
  workers.end(1);

  expect(await answer).toMatchObject({ error: null });
  expect(acts).toEqual([1, 1]);
});

test('a worker that gets ready while a circuit is forced in the others is told of it, too', async () => {
  const answered = Promise.withResolvers<void>();
  const { add, acts, act } = await startWorkers([
    (_, response) => void answered.promise.then(() => response.end('{}')),
  ]);

  const answer = act('/circuits', { service: 'gateway', circuit: 'orders', force: 'open' });
  await expect.poll(() => acts).toEqual([1]);
  await add(done);
  answered.resolve();
  await answer;

  expect(acts).toEqual([1, 1]);
});

test('a worker that breaks off and goes on for 1 s is a failure', async () => {
  const { clock, acts, act } = await startWorkers([done, (request) => void request.socket.destroy()]);

  const answer = act('/circuits', { service: 'gateway', circuit: 'orders', force: 'open' });
  answer.catch(() => undefined);
  await expect.poll(() => acts).toEqual([1, 1]);
  await expect.poll(() => clock.pendingCount).toBe(1);
  await clock.advance(1_000);

  await expect(answer).rejects.toMatchObject({ reason: 'WORKER_UNREACHABLE' });
});

test('what one worker does for all, such as making a key, is not asked for again', async () => {
  const { acts, act } = await startWorkers([(request) => void request.socket.destroy(), done]);

  await expect(act('/gateway/keys', { act: 'create' })).rejects.toMatchObject({ reason: 'WORKER_UNREACHABLE' });
  expect(acts).toEqual([1, 0]);
});

test('without a worker that takes requests nothing is done, and that is said', async () => {
  const { workers, act } = await startWorkers([done]);
  workers.leave(1);

  await expect(act('/config')).rejects.toMatchObject({ reason: 'WORKER_FAILED' });
});
