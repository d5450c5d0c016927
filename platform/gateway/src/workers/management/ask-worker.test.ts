import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { actAtWorker, readWorker } from './ask-worker.ts';

interface Worker {
  readonly url: string;
  connections(): number;
}

async function startWorker(answer: RequestListener): Promise<Worker> {
  const server = createServer(answer);
  let connections = 0;
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

test('each of three questions has a connection of its own, which no worker can close just when it is used again', async () => {
  const worker = await startWorker((_, response) => void response.end('{"done":true}'));

  await readWorker(worker.url, '/metrics');
  await actAtWorker(worker.url, '/config', {});
  expect(await actAtWorker(worker.url, '/config', {})).toEqual({ done: true });
  expect(worker.connections()).toBe(3);
});

test('a worker that goes away in the middle is a failure of its own, not an unforeseen one', async () => {
  const worker = await startWorker((request) => void request.socket.destroy());

  await expect(actAtWorker(worker.url, '/config', {})).rejects.toMatchObject({
    reason: 'WORKER_UNREACHABLE',
    executed: 'maybe',
  });
});
