import { createClient } from '@connectrpc/connect';
import { currentContext, newTrace, runInContext } from '@mainstay/kernel/context';
import { expect, test } from 'vitest';
import { bindService, createInProcessTransport, type ServiceBinding } from '../src/index.ts';
import { silent } from './connect-both.ts';
import { newMapper } from './header-rules.ts';
import { KindsService } from './kinds-service.ts';

// Over sockets: processes/headers.test.ts.

const clientOf = (binding: ServiceBinding) => {
  const mapper = newMapper();
  return createClient(
    KindsService,
    createInProcessTransport({
      ...silent,
      bindings: () => [binding],
      interceptors: [mapper.clientInterceptor],
      serverInterceptors: [mapper.serverInterceptor],
    }),
  );
};

test('ids go along through two services of one process, and identity comes from the caller’s context only', async () => {
  const seen: [string | null, string | null, unknown][] = [];
  const note = (header: Headers): void =>
    void seen.push([header.get('request-id'), header.get('user-id'), currentContext()?.baggage]);
  const inner = clientOf(
    bindService(KindsService, {
      unary(_, { requestHeader }) {
        note(requestHeader);
        return {};
      },
    }),
  );
  const client = clientOf(
    bindService(KindsService, {
      async unary(_, { requestHeader }) {
        note(requestHeader);
        return inner.unary({});
      },
    }),
  );

  const identity = { kind: 'user', userId: 'u-1', roles: [] } as const;
  await runInContext({ trace: newTrace(), identity, baggage: { 'request-id': 'req-9' } }, () =>
    client.unary({}, { headers: { 'user-id': 'forged' } }),
  );

  expect(seen).toEqual(Array.from({ length: 2 }, () => ['req-9', 'u-1', { 'request-id': 'req-9' }]));
});
