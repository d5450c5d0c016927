import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { newTrace, runInContext } from '@mainstay/kernel/context';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDirectTransport, errorHeaders, fromConnectError } from '../../src/index.ts';
import { collect, silent } from '../connect-both.ts';
import { newMapper } from '../header-rules.ts';
import { KindsService } from '../kinds-service.ts';
import { type ServerProcess, startServer } from './start-server.ts';

// Check 10 of header mapping: two services, each a process, the first of which calls the second.

const stack = new AsyncDisposableStack();
let first: ServerProcess;

beforeAll(async () => {
  const script = new URL('./mapped-process.ts', import.meta.url);
  const second = stack.use(await startServer(script));
  first = stack.use(await startServer(script, second.address));
});
afterAll(() => stack.disposeAsync());

interface Saw {
  readonly header: Readonly<Record<string, string>>;
  readonly baggage: Readonly<Record<string, string>>;
}

const sawBy = ({ value }: { readonly value: string }): readonly Saw[] => JSON.parse(value) as Saw[];

test('a plain gRPC client gets the metadata, the ids and the error headers that an HTTP client would, through two processes', async () => {
  const client = createClient(
    KindsService,
    createGrpcTransport({ baseUrl: `http://${first.address}`, idleConnectionTimeoutMs: 1 }),
  );
  const headers = {
    authorization: 'Bearer abc123',
    'request-id': 'req-456',
    'user-id': 'forged',
    'x-user-id': 'forged',
  };

  let answered = new Headers();
  const unary = sawBy(await client.unary({}, { headers, onHeader: (header) => void (answered = header) }));
  const streamed = (await collect(client.serverStream({}, { headers }))).flatMap(sawBy);
  const failure = fromConnectError(await client.unsafe({}, { headers }).catch((error: unknown) => error));

  expect([unary.length, streamed.length]).toEqual([2, 1]);
  for (const { header, baggage } of [...unary, ...streamed]) {
    expect(header['request-id']).toBe('req-456');
    expect(header).not.toHaveProperty('user-id');
    expect(baggage).toEqual({ 'request-id': 'req-456' });
  }
  for (const { header } of [unary[0] as Saw, ...streamed]) expect(header['auth-token']).toBe('abc123');
  expect([answered.get('request-id'), answered.get('server-version')]).toEqual(['req-456', 'v1']);
  expect(errorHeaders(failure).get('request-id')).toBe('req-456');
  expect(failure).toMatchObject({ reason: 'SERVER_DRAINING', executed: 'no' });
});

test('ids go along through two processes, and identity comes from the signed header only', async () => {
  await using transport = createDirectTransport({
    ...silent,
    address: first.address,
    interceptors: [newMapper().clientInterceptor],
  });
  const client = createClient(KindsService, transport);
  const identity = { kind: 'user', userId: 'u-1', roles: [] } as const;

  const saw = await runInContext({ trace: newTrace(), identity, baggage: { 'request-id': 'req-9' } }, () =>
    client.unary({}, { headers: { 'user-id': 'forged' } }),
  );

  expect(sawBy(saw).map(({ header }) => [header['request-id'], header['user-id']])).toEqual([
    ['req-9', 'u-1'],
    ['req-9', 'u-1'],
  ]);
});
