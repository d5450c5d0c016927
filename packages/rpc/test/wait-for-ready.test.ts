import { createClient } from '@connectrpc/connect';
import { type Endpoint, staticEndpoint } from '@mainstay/discovery';
import { describe, expect, test } from 'vitest';
import { createRpcTransport } from '../src/index.ts';
import { connect, silent } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

/** Endpoints that come later, and those who want to know. */
class Endpoints {
  readonly listeners = new Set<() => void>();
  list: readonly Endpoint[] = [];

  onChange = (callback: () => void): (() => void) => {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  };

  set(addresses: readonly string[]): void {
    this.list = addresses.map((address) => staticEndpoint(address));
    for (const listener of this.listeners) listener();
  }
}

describe.each(['node', 'wire'] as const)('over the engine %s', (engine) => {
  const open = (endpoints: Endpoints, waitForReady: boolean, isTold = true) =>
    createRpcTransport({
      ...silent,
      engine,
      service: 'kinds',
      resolve: () => endpoints.list,
      policy: { policy: 'round_robin', waitForReady },
      ...(isTold && { onChange: endpoints.onChange }),
    });

  test.each([true, false])(
    'with waitForReady 5 calls without an instance wait for the first one; told of changes: %s',
    async (isTold) => {
      await using server = await connect('socket', { unary: () => ({ value: 'served' }) }, { engine });
      const endpoints = new Endpoints();
      await using transport = open(endpoints, true, isTold);
      const { unary } = createClient(KindsService, transport);

      const calls = Array.from({ length: 5 }, () => unary({}, { timeoutMs: 15_000 }));
      if (isTold) await expect.poll(() => endpoints.listeners.size).toBe(5);
      endpoints.set([server.server?.address as string]);

      expect((await Promise.all(calls)).map(({ value }) => value)).toEqual(Array(5).fill('served'));
      expect(endpoints.listeners.size).toBe(0);
    },
  );

  test('a call that waits ends with its deadline of 100 ms or its abort, and did not run', async () => {
    const endpoints = new Endpoints();
    await using transport = open(endpoints, true);
    const { unsafe } = createClient(KindsService, transport);
    const aborting = new AbortController();

    const late = expect(unsafe({}, { timeoutMs: 100 })).rejects.toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
      executed: 'no',
    });
    const aborted = expect(unsafe({}, { signal: aborting.signal })).rejects.toMatchObject({ reason: 'CANCELED' });
    await expect.poll(() => endpoints.listeners.size).toBeGreaterThan(0);
    aborting.abort();

    await Promise.all([late, aborted]);
    expect(endpoints.listeners.size).toBe(0);
  });

  test('without it the call fails at once with NO_INSTANCE', async () => {
    await using transport = open(new Endpoints(), false);

    await expect(createClient(KindsService, transport).unary({})).rejects.toMatchObject({ reason: 'NO_INSTANCE' });
  });
});
