import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { probeLiveness } from '../src/probe/probe-liveness.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

test.each([
  [200, true],
  [503, false],
  [404, false],
  [302, false],
])('%i from /health/live means %s', async (status, alive) => {
  const paths: (string | undefined)[] = [];
  await using server = await serve((request, response) => {
    paths.push(request.url);
    response.writeHead(status, { location: '/elsewhere' }).end('{}');
  });

  expect(await probeLiveness(server.url, 2_000)).toBe(alive);
  expect(paths).toEqual(['/health/live']);
});

test('a server that never answers is given up after the limit', async () => {
  await using server = await serve(() => undefined);
  const startedMs = performance.now();

  expect(await probeLiveness(server.url, 100)).toBe(false);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});

test('an endpoint of another kind, or where nobody listens, is no sign of life', async () => {
  const { url } = await (async () => {
    await using server = await serve(() => undefined);
    return server;
  })();

  expect(await probeLiveness(url, 1_000)).toBe(false);
  expect(await probeLiveness('', 1_000)).toBe(false);
  expect(await probeLiveness('file:///etc/passwd', 1_000)).toBe(false);
});
