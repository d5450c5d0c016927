import { type Client, createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { PlatformError } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { bindService, fromConnectError, rpcReasons, startRpcServer } from '../src/index.ts';
import { silent } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

const binding = bindService(KindsService, {
  unary: ({ value }) => ({ value: `hello ${value}` }),
  servicesOnly: () => ({ value: 'never' }),
  async *serverStream() {
    yield { value: 'one' };
    yield { value: String((currentContext()?.deadline ?? 0) !== 0) };
  },
  unsafe() {
    throw new PlatformError(rpcReasons.SERVER_DRAINING, 'going away', { metadata: { order_id: '42' } });
  },
});
const start = () =>
  startRpcServer({
    ...silent,
    bindings: [binding],
    serving: () => true,
    webPort: 0,
    webOrigins: ['https://shop.test'],
  });
const protocols: readonly [string, (baseUrl: string) => Transport][] = [
  ['Connect', (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1' })],
  ['gRPC-Web', (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })],
];

test.for(protocols)(
  '%s on the web port: answers, streams, deadlines, errors and access rules',
  async ([, transport]) => {
    await using server = await start();
    const client: Client<typeof KindsService> = createClient(KindsService, transport(`http://${server.webAddress}`));

    expect(await client.unary({ value: 'web' })).toMatchObject({ value: 'hello web' });
    const seen: string[] = [];
    for await (const { value } of client.serverStream({}, { timeoutMs: 2_000 })) seen.push(value);
    expect(seen).toEqual(['one', 'true']);
    const failure = fromConnectError(await client.unsafe({}).catch((error: unknown) => error));
    expect(failure).toMatchObject({ reason: 'SERVER_DRAINING', executed: 'no', metadata: { order_id: '42' } });
    const refused = fromConnectError(await client.servicesOnly({}).catch((error: unknown) => error));
    expect(refused).toMatchObject({ reason: 'METHOD_INTERNAL' });
  },
);

test('pages of listed origins may call, others get 403, and a drained server leaves no listener', async () => {
  await using _leaks = leakCheck();
  await using server = await start();
  const url = `http://${server.webAddress}/test.v1.KindsService/Unary`;
  const call = (origin: string, method: string) =>
    fetch(url, {
      method,
      headers: { origin, 'content-type': 'application/json', connection: 'close' },
      ...(method === 'POST' && { body: '"page"' }),
    });

  const allowed = await call('https://shop.test', 'POST');
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.test');
  expect(await allowed.json()).toBe('hello page');
  const asked = await call('https://shop.test', 'OPTIONS');
  expect([asked.status, asked.headers.get('access-control-allow-headers')]).toEqual([
    204,
    expect.stringContaining('idempotency-key'),
  ]);
  const refused = await call('https://evil.test', 'POST');
  expect([refused.status, await refused.text()]).toEqual([403, '']);
});

test('a server without webPort has no web address, and one that cannot have its port stops whole', async () => {
  await using plain = await startRpcServer({ ...silent, bindings: [binding], serving: () => true });
  const taken = Number(plain.address.split(':')[1]);

  expect(plain.webAddress).toBeUndefined();
  await expect(
    startRpcServer({ ...silent, bindings: [binding], serving: () => true, webPort: taken }),
  ).rejects.toMatchObject({ reason: 'LISTEN_FAILED' });
});
